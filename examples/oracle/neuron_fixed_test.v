// Runs the neuron with the memory files of layer 1 of a fixed-point vector of variant paper, and writes the result as JSON:
//
//     iverilog -g2012 -o neuron neuron_fixed_test.v neuron.v          (-P… for T, NEURONS, VTH, LEAK as in manifest.json)
//     asf-bp oracle export vectors/paper/neuron/fixed-8-4-truncate-saturate --format hex
//     cd vectors/paper/neuron/fixed-8-4-truncate-saturate && vvp neuron +out=result.json
//     asf-bp check .
module neuron_fixed_test;
    parameter T = 5, NEURONS = 64, WIDTH = 8, FRACTION = 4, NEAREST = 0, WRAP = 0, VTH = 11, LEAK = 13, MISTAKE = 0;

    reg signed [WIDTH-1:0] current[0:T * NEURONS - 1], expected[0:T * NEURONS - 1], potential[0:T * NEURONS - 1];
    reg [7:0] fires[0:T * NEURONS - 1];
    reg spikes[0:T * NEURONS - 1];
    reg clock = 0, start;
    reg signed [WIDTH-1:0] x;
    wire signed [WIDTH-1:0] u;
    wire o;
    reg [8 * 256 - 1:0] path;
    integer i, t, at, out, wrong = 0;

    neuron #(
        .WIDTH(WIDTH), .FRACTION(FRACTION), .NEAREST(NEAREST), .WRAP(WRAP), .VTH(VTH), .LEAK(LEAK), .MISTAKE(MISTAKE)
    ) unit(clock, start, x, u, o);

    initial begin
        if (!$value$plusargs("out=%s", path)) path = "result.json";
        out = $fopen(path);
        $readmemh("layer1_current.hex", current);
        $readmemh("expected_layer1_compared.hex", expected);
        $readmemh("expected_layer1_spikes.hex", fires);
        for (i = 0; i < NEURONS; i = i + 1)
            for (t = 0; t < T; t = t + 1) begin
                at = t * NEURONS + i;
                start = t == 0;
                x = current[at];
                #1 clock = 1;
                #1 clock = 0;
                potential[at] = u;
                spikes[at] = o;
                if (u !== expected[at] || o !== fires[at][0]) wrong = wrong + 1;
            end
        $fwrite(out, "{ \"arrays\": {\n\"layer1.compared\": { \"shape\": [%0d], \"data\": [", T * NEURONS);
        for (at = 0; at < T * NEURONS; at = at + 1) $fwrite(out, "%s%0d", at > 0 ? ", " : "", potential[at]);
        $fwrite(out, "] },\n\"layer1.spikes\": { \"shape\": [%0d], \"data\": [", T * NEURONS);
        for (at = 0; at < T * NEURONS; at = at + 1) $fwrite(out, "%s%0d", at > 0 ? ", " : "", spikes[at]);
        $fwrite(out, "] }\n} }\n");
        $fclose(out);
        if (wrong > 0) $fatal(0, "%0d of %0d steps are wrong", wrong, T * NEURONS);
        $finish(0);
    end
endmodule
