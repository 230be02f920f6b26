/** A noise schedule for a number of steps: what a sampler needs to know. Formulas are those of diffusers. */
export interface Schedule {
  /** what the denoiser is told at each step, from noise to image */
  readonly timesteps: readonly number[];
  /** the standard deviation of the noise to start from */
  readonly initialSigma: number;
  /**
   * The sample after step `index`.
   * @param output what the denoiser gave for this step's sample and timestep
   * @param noise standard normals as many as the sample has numbers; asked for only by stochastic schedules
   */
  step(options: {
    index: number;
    sample: Float32Array;
    output: Float32Array;
    noise?: () => Float32Array;
  }): Float32Array;
}

export interface Scheduler {
  /** the `_class_name` of scheduler_config.json */
  readonly name: string;
  setTimesteps(steps: number): Schedule;
}
