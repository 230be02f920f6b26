/** A variable of the environment; undefined where it is not set or empty (`NAME= command` unsets it, as shells do). */
export function fromEnvironment(name: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  return env[name]?.trim() || undefined;
}
