# ASF-BP (Wu et al., AAAI 2021): one training step of the spiking LeNet, backward pass by hand.
import torch
import torch.nn as nn
import torch.nn.functional as F

T, VTH, BATCH = 20, 1.0, 4


class Net:
    """Layer n = 1..N is layers[n-1]. The lists FI, FO, ... are indexed by n; index 0 is the input."""

    def __init__(self):
        self.layers = nn.ModuleList([
            nn.Conv2d(1, 20, 5, padding=2, bias=False), nn.AvgPool2d(2),
            nn.Conv2d(20, 50, 5, padding=2, bias=False), nn.AvgPool2d(2),
            nn.Linear(50 * 7 * 7, 200, bias=False), nn.Linear(200, 10, bias=False)])
        for layer in self.layers:
            if not isinstance(layer, nn.AvgPool2d):
                nn.init.kaiming_normal_(layer.weight)
        self.N = len(self.layers)
        self.S = [1.0 / VTH] * (self.N + 1)

    def forward(self, spikes):
        """spikes: list of T tensors of 0/1. Eq. 3 and 7."""
        N = self.N
        u, o = [0.0] * (N + 1), [0.0] * (N + 1)
        self.FI, self.FO = [0.0] * (N + 1), [0.0] * (N + 1)
        self.trains = [[] for _ in range(N + 1)]
        for t in range(T):
            out = spikes[t]
            self.trains[0].append(out)
            self.FO[0] = self.FO[0] + out
            for n in range(1, N + 1):
                layer = self.layers[n - 1]
                x = layer(out.flatten(1) if isinstance(layer, nn.Linear) else out)
                self.FI[n] = self.FI[n] + x
                if n == N:          # the output layer has no spikes
                    u[n] = u[n] + x
                    break
                u[n] = u[n] * (1 - o[n]) + x
                o[n] = (u[n] >= VTH).float()
                self.FO[n] = self.FO[n] + o[n]
                self.trains[n].append(o[n])
                out = o[n]
        return u[N]

    def update_scale(self):
        """One S per layer, Eq. 12."""
        for n in range(1, self.N):
            s = (self.FO[n].sum() / self.FI[n].sum()).item()
            if 0 < s <= 1 / VTH:
                self.S[n] = s

    def backward(self, mem, Y):
        """Eq. 9-11. Writes the gradients to weight.grad."""
        N = self.N
        self.dFO, self.dFI = [None] * (N + 1), [None] * (N + 1)
        self.dFI[N] = (mem / (T * VTH) - Y) / (T * VTH)
        for n in range(N, 0, -1):
            layer = self.layers[n - 1]
            if n < N:
                self.dFI[n] = self.dFO[n] * self.S[n]
            d, below = self.dFI[n], self.FO[n - 1]
            if isinstance(layer, nn.Linear):
                layer.weight.grad = d.t() @ below.flatten(1)
                d_below = d @ layer.weight
            elif isinstance(layer, nn.Conv2d):
                # sums over the batch, so batch and channels are exchanged
                g = F.conv2d(below.transpose(0, 1), d.transpose(0, 1), padding=2)
                layer.weight.grad = g.transpose(0, 1).contiguous()
                w = layer.weight.flip(2, 3).transpose(0, 1)
                d_below = F.conv2d(d, w, padding=4 - 2)
            else:
                d_below = d.repeat_interleave(2, 2).repeat_interleave(2, 3) / 4
            self.dFO[n - 1] = d_below.reshape(below.shape)


def train_step(net, opt, spikes, labels):
    Y = F.one_hot(labels, 10).float()
    with torch.no_grad():
        mem = net.forward(spikes)
        loss = 0.5 * ((Y - mem / (T * VTH)) ** 2).sum()
        net.update_scale()
        net.backward(mem, Y)
    opt.step()
    return loss.item()


torch.manual_seed(0)
net = Net()
opt = torch.optim.Adam(net.layers.parameters(), lr=0.00085, weight_decay=0.0005)
images = torch.rand(BATCH, 1, 28, 28)
spikes = [torch.bernoulli(images) for _ in range(T)]
labels = torch.randint(0, 10, (BATCH,))

if __name__ == "__main__":
    print("loss", train_step(net, opt, spikes, labels))
