import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { readYaml, type Path, type Place, type ReadYaml } from '../campaigns/yaml-document.ts';
import { UserError, messageOf } from '../errors.ts';
import { scenarioSchema, type ScenarioInput } from './scenario.ts';

/** Reads a scenario from a YAML file. Throws a UserError with one `file:line:column problem` a line. */
export async function readScenarioFile(file: string): Promise<ScenarioInput> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new UserError(`Cannot read the scenario ${file}: ${messageOf(error)}`, { cause: error });
  }
  return parseScenarioText(text, file);
}

/** The scenario in a YAML text; `file` only names the place in messages. */
export function parseScenarioText(text: string, file: string): ScenarioInput {
  const yaml = readYaml(text);
  if ('problems' in yaml) throw refused(file, yaml.problems);
  const content = yaml.content ?? {};
  const result = scenarioSchema.safeParse(content);
  if (!result.success)
    throw refused(
      file,
      result.error.issues.flatMap((issue) => findingsOf(issue, yaml)),
    );
  // What the schema accepts is an input of it; the defaults are left to whoever starts the sandbox.
  return content;
}

type Finding = Place & { readonly problem: string };

function refused(file: string, findings: readonly Finding[]): UserError {
  const lines = findings
    .toSorted((one, other) => one.line - other.line || one.column - other.column)
    .map(({ line, column, problem }) => `${file}:${line}:${column} ${problem}`);
  return new UserError(lines.join('\n'), { exitCode: 2 });
}

/** Zod reports a bad key at the map around it; people want to be shown the key itself. */
function findingsOf(issue: z.core.$ZodIssue, yaml: ReadYaml): Finding[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      return { ...yaml.placeOfKey(path), problem: named(path, 'there is no such setting') };
    });
  }
  if (issue.code === 'invalid_key') {
    const problem = named(issue.path, issue.issues[0]?.message ?? issue.message);
    return [{ ...yaml.placeOfKey(issue.path), problem }];
  }
  return [{ ...yaml.placeOf(issue.path), problem: named(issue.path, issue.message) }];
}

function named(path: Path, problem: string): string {
  return path.length === 0 ? problem : `${path.join('.')}: ${problem}`;
}
