// A neuron of ASF-BP in fixed point, with one step per clock. Each product and each sum is rounded once, then brought into range.
module neuron #(
    parameter WIDTH = 32,
    parameter FRACTION = 16,
    parameter NEAREST = 0,
    parameter WRAP = 0,
    parameter signed [WIDTH-1:0] VTH = 1 << FRACTION,
    parameter signed [WIDTH-1:0] LEAK = 1 << FRACTION,
    parameter MISTAKE = 0
) (
    input wire clock,
    input wire start,
    input wire signed [WIDTH-1:0] x,
    output reg signed [WIDTH-1:0] u,
    output reg o
);
    localparam WIDE = 2 * WIDTH + 1;
    localparam signed [WIDE-1:0] ONE = 1;
    localparam signed [WIDE-1:0] HALF = NEAREST && FRACTION > 0 ? ONE <<< (FRACTION - 1) : 0;
    localparam signed [WIDE-1:0] MOST = (ONE <<< (WIDTH - 1)) - ONE;
    localparam signed [WIDE-1:0] LEAST = -MOST - ONE;

    function signed [WIDTH-1:0] into(input signed [WIDE-1:0] wide);
        into = WRAP ? wide[WIDTH-1:0] : wide > MOST ? MOST[WIDTH-1:0] : wide < LEAST ? LEAST[WIDTH-1:0] : wide[WIDTH-1:0];
    endfunction

    reg signed [WIDTH-1:0] late;

    wire signed [WIDTH-1:0] rest =
        MISTAKE == 2 ? u - (o ? VTH : 0) :
        MISTAKE == 3 ? u :
        MISTAKE == 4 && u < 0 ? 0 :
        o ? 0 : u;
    wire signed [WIDE-1:0] product = rest * LEAK;
    wire signed [WIDE-1:0] rounded = (product + HALF) >>> FRACTION;
    wire signed [WIDTH-1:0] leaked = start ? 0 : into(rounded);
    wire signed [WIDTH-1:0] heard = MISTAKE != 5 ? x : start ? 0 : late;
    wire signed [WIDE-1:0] wide = leaked + heard;
    wire signed [WIDTH-1:0] sum = into(wide);

    always @(posedge clock) begin
        u <= sum;
        o <= MISTAKE == 1 ? sum > VTH : sum >= VTH;
        late <= x;
    end
endmodule
