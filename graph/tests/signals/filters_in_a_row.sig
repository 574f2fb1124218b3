; Three recursions: the second shares the stage of the first, the third's cutoff hangs on both and is a stage later.
input "x"
control name="cutoff" init=900.0 lo=20.0 hi=9000.0
%0 = input "x"
%1 = control "cutoff"
%2 = const 1.4142135
%3 = noise 3
%4 = lowpass %0 %1 %2
%5 = highpass %4 %1 %2
%6 = mul %5 %1
%7 = lowpass %3 %6 %2
%8 = add %7 %5
out %8
---
frames 500
drive x noise
slide cutoff 100 9000
expect peak 0.1 4
