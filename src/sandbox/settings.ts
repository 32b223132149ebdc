import { z } from 'zod';
import { UserError } from '../errors.ts';
import { agentStates, duration, scenarioSchema, type Scenario, type ScenarioInput } from './scenario.ts';

const section = z.unknown().optional();

/** Sections are only told apart here; the scenario's own schema judges what is in them. */
const controlSchema = z.strictObject({
  agentStates: z.record(z.string(), z.enum(agentStates)).default({}),
  storm: duration.optional(),
  account: section,
  callerIds: section,
  limit: section,
  outcomes: section,
  numbers: section,
  doNotDisturb: section,
  durations: section,
  answers: section,
  callbacks: section,
  recordings: section,
  flow: section,
  v1: section,
  variants: section,
});

/** What a change asks for once, beside the settings it leaves behind. */
type ControlActs = Pick<z.output<typeof controlSchema>, 'agentStates' | 'storm'>;

type Changeable = Exclude<keyof z.input<typeof controlSchema>, keyof ControlActs>;

/**
 * A change at run time: sections of the scenario (their keys are merged into what stands; `outcomes`
 * and `callerIds` are replaced), the state of agents by user id, and a storm of 429s that begins now.
 */
export type ControlPatch = { [Section in Changeable]?: ScenarioInput[Section] } & Pick<
  z.input<typeof controlSchema>,
  'agentStates' | 'storm'
>;

/** The scenario as it stands, which parts of the sandbox read at the moment they need it. */
export interface Settings {
  readonly current: Scenario;
  /** Judges a patch; nothing changes before `commit`. Throws a UserError when it makes no sense. */
  prepare(patch: unknown): { acts: ControlActs; commit: () => void };
}

/** Validates a scenario and holds it. Throws a UserError that names every problem. */
export function createSettings(input: ScenarioInput): Settings {
  let given: Record<string, unknown> = { ...input };
  let current = parsed(scenarioSchema, given);
  return {
    get current() {
      return current;
    },
    prepare(patch) {
      const { agentStates: states, storm, ...sections } = parsed(controlSchema, patch);
      const merged = { ...given };
      for (const [name, change] of Object.entries(sections)) {
        merged[name] = mergedSection(name, given[name], change);
      }
      const next = parsed(scenarioSchema, merged);
      const commit = (): void => {
        given = merged;
        current = next;
      };
      return { acts: { agentStates: states, storm }, commit };
    },
  };
}

function mergedSection(name: string, old: unknown, change: unknown): unknown {
  const replaced = name === 'outcomes' || name === 'callerIds';
  return replaced || !isRecord(old) || !isRecord(change) ? change : { ...old, ...change };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parsed<Output>(schema: z.ZodType<Output>, value: unknown): Output {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    (issue) => `${issue.path.join('.') || 'scenario'}: ${issue.message}`,
  );
  throw new UserError(problems.join('; '), { exitCode: 2 });
}
