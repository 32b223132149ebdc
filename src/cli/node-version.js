/** The oldest Node whose type stripping is stable; the TypeScript here runs on nothing older. */
export const oldestNode = '24.12';

/**
 * Plain JavaScript without anything new, since what asks may itself be an old Node.
 * @param {string} version such as 20.20.2
 */
export function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > 24 || (major === 24 && minor >= 12);
}
