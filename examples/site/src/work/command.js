/** The command that trains the same weights in a clone of the repository, on the first `limit` digits of MNIST. */
export function commandOf(settings, variant, limit) {
  const { model, rule, epochs, timeWindow, threshold, leak, learningRate, seed } = settings;
  const options = {
    dataset: 'mnist',
    limit,
    model,
    variant: typeof variant === 'string' ? variant : `'${JSON.stringify(variant)}'`,
    rule,
    epochs,
    window: timeWindow,
    threshold,
    leak,
    lr: learningRate,
    seed,
  };
  return ['npx asf-bp train', ...Object.entries(options).map(([name, value]) => `--${name} ${value}`)].join(
    ' ',
  );
}
