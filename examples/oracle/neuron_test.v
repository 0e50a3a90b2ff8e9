// Runs the neuron with the memory file of a vector of variant paper, and writes the result as JSON:
//
//     iverilog -g2012 -Pneuron_test.T=4 -Pneuron_test.NEURONS=4 -o neuron neuron_test.v neuron.v
//     asf-bp oracle export vectors/paper/neuron/at-threshold --format hex
//     cd vectors/paper/neuron/at-threshold && vvp neuron +out=mine.json
//     asf-bp check mine.json --inputs case.npz
module neuron_test;
    parameter T = 4, NEURONS = 4, VTH = 1 << 16, LEAK = 1 << 16, MISTAKE = 0;

    reg [31:0] current[0:T * NEURONS - 1];
    reg [7:0] expected[0:T * NEURONS - 1];
    reg signed [31:0] potential[0:T * NEURONS - 1];
    reg spikes[0:T * NEURONS - 1];
    reg clock = 0, start;
    reg signed [31:0] x;
    wire signed [31:0] u;
    wire o;
    reg [8 * 256 - 1:0] path;
    integer i, t, at, out, wrong = 0;

    neuron #(.VTH(VTH), .LEAK(LEAK), .MISTAKE(MISTAKE)) unit(clock, start, x, u, o);

    // Converts a binary32 word to units of 2^-16. This is exact if the vector has only such numbers.
    function signed [31:0] fixed(input [31:0] word);
        reg signed [63:0] size;
        integer shift;
        begin
            size = {40'd0, 1'b1, word[22:0]};
            shift = word[30:23] - 127 - 23 + 16;
            size = word[30:0] == 0 ? 0 : shift >= 0 ? size <<< shift : size >>> -shift;
            fixed = word[31] ? -size : size;
        end
    endfunction

    initial begin
        if (!$value$plusargs("out=%s", path)) path = "mine.json";
        out = $fopen(path);
        $readmemh("layer1_current.hex", current);
        $readmemh("expected_layer1_spikes.hex", expected);
        for (i = 0; i < NEURONS; i = i + 1)
            for (t = 0; t < T; t = t + 1) begin
                at = t * NEURONS + i;
                start = t == 0;
                x = fixed(current[at]);
                #1 clock = 1;
                #1 clock = 0;
                potential[at] = u;
                spikes[at] = o;
                if (o !== expected[at][0]) wrong = wrong + 1;
            end
        $fwrite(out, "{ \"arrays\": {\n\"layer1.potential\": { \"shape\": [%0d, 1, %0d], \"data\": [", T, NEURONS);
        for (at = 0; at < T * NEURONS; at = at + 1) $fwrite(out, "%s%.16f", at > 0 ? ", " : "", potential[at] / 65536.0);
        $fwrite(out, "] },\n\"layer1.spikes\": { \"shape\": [%0d, 1, %0d], \"data\": [", T, NEURONS);
        for (at = 0; at < T * NEURONS; at = at + 1) $fwrite(out, "%s%0d", at > 0 ? ", " : "", spikes[at]);
        $fwrite(out, "] }\n} }\n");
        $fclose(out);
        if (wrong > 0) $fatal(0, "%0d of %0d spikes are wrong", wrong, T * NEURONS);
        $finish(0);
    end
endmodule
