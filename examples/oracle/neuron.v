// A neuron of ASF-BP in fixed point: 32 bits, 16 of them fraction. One step a clock.
module neuron #(
    parameter signed [31:0] VTH = 1 << 16,
    parameter signed [31:0] LEAK = 1 << 16,
    parameter MISTAKE = 0
) (
    input wire clock,
    input wire start,
    input wire signed [31:0] x,
    output reg signed [31:0] u,
    output reg o
);
    reg signed [31:0] late;

    wire signed [31:0] rest =
        MISTAKE == 2 ? u - (o ? VTH : 0) :
        MISTAKE == 3 ? u :
        MISTAKE == 4 && u < 0 ? 0 :
        o ? 0 : u;
    wire signed [63:0] leaked = rest * LEAK;
    wire signed [31:0] sum = (start ? 0 : leaked >>> 16) + (MISTAKE == 5 ? (start ? 0 : late) : x);

    always @(posedge clock) begin
        u <= sum;
        o <= MISTAKE == 1 ? sum > VTH : sum >= VTH;
        late <= x;
    end
endmodule
