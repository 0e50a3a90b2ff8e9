/*
 * A layer of ASF-BP neurons in C, tested with the C header of a vector of variant `paper`:
 *
 *     asf-bp oracle export vectors/paper/neuron/at-threshold --format h --out .
 *     gcc -ffp-contract=off -I . neuron.c -o neuron && ./neuron > mine.json
 *     asf-bp check mine.json --inputs vectors/paper/neuron/at-threshold/case.npz
 *
 * Exit code 0: spikes and potentials equal those of the header, 1: they do not. -DMISTAKE=1 … 5 builds a mistake.
 */
#include <stdio.h>

#include "case.h"

#ifndef MISTAKE
#define MISTAKE 0
#endif

enum { COUNT = sizeof layer1_current / sizeof *layer1_current, NEURONS = COUNT / T };

static float compared[COUNT], potential[COUNT];
static int spikes[COUNT];

static int fires(float u)
{
    if (MISTAKE == 1) return u > layer1_Vth;
    return u >= layer1_Vth;
}

/* The part of a potential that remains for the next step. */
static float keep(float u, int o)
{
    if (MISTAKE == 2) return layer1_leak * (u - o * layer1_Vth);
    if (MISTAKE == 3) return layer1_leak * u;
    if (MISTAKE == 4 && u < 0) return 0;
    return o ? 0 : layer1_leak * u;
}

static void run_neuron(int i)
{
    float u = 0;
    for (int t = 0; t < T; t++) {
        int at = t * NEURONS + i;
        float x = layer1_current[at];
        if (MISTAKE == 5) x = t > 0 ? layer1_current[at - NEURONS] : 0;
        u += x;
        compared[at] = potential[at] = u;
        spikes[at] = fires(u);
        u = keep(u, spikes[at]);
    }
}

static void print_array(const char *key, const float *numbers, const int *whole, const char *end)
{
    printf("\"%s\": { \"shape\": [%d, %d, %d], \"data\": [", key, T, B, NEURONS / B);
    for (int at = 0; at < COUNT; at++)
        printf("%s%.9g", at ? ", " : "", numbers ? numbers[at] : whole[at]);
    printf("] }%s\n", end);
}

int main(void)
{
    int wrong = 0;
    for (int i = 0; i < NEURONS; i++) run_neuron(i);
    for (int at = 0; at < COUNT; at++)
        wrong += spikes[at] != expected_layer1_spikes[at] || potential[at] != expected_layer1_potential[at];
    printf("{ \"arrays\": {\n");
    print_array("layer1.compared", compared, 0, ",");
    print_array("layer1.potential", potential, 0, ",");
    print_array("layer1.spikes", 0, spikes, "");
    printf("} }\n");
    if (wrong) fprintf(stderr, "%d of %d neurons and steps are wrong\n", wrong, COUNT);
    return wrong > 0;
}
