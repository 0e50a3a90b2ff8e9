// Stage `neuron`: potential u and spike o of one neuron from its current x. Integrate, leak, fire, reset.

fn isFiring(u: f32) -> bool {
  return has(fires) && select(u > p.Vth, u >= p.Vth, has(atThreshold));
}

fn leaked(u: f32) -> f32 {
  if (!has(leaks)) {
    return u;
  }
  let product = apart(p.leak * u);
  if (!has(leakSum)) {
    return product;
  }
  return apart(product + u) - u;
}

fn resetAndLeak(u: f32, o: bool) -> f32 {
  if (!o) {
    return leaked(u);
  }
  if (!has(subtracts)) {
    return 0.0;
  }
  if (has(subtractsLast)) {
    return apart(leaked(u)) - p.Vth;
  }
  return leaked(apart(u - p.Vth));
}

struct Neuron {
  u: f32,
  o: bool,
}

// Eq. (3). `before` is u of the step before; with nextStep it also shows whether the neuron fired in that step.
fn applyNeuron(before: f32, x: f32) -> Neuron {
  var u = before;
  if (has(resetsNext)) {
    u = resetAndLeak(u, isFiring(u));
  }
  u += x;
  let o = isFiring(u);
  if (!has(resetsNext)) {
    u = resetAndLeak(u, o);
  }
  return Neuron(u, o);
}
