; A phase whose step is a signal: a sum of steps from frame to frame, four at once.
control name="depth" init=300.0 lo=0.0 hi=5000.0
%0 = control "depth"
%1 = const 330.0
%2 = sine %1
%3 = mul %2 %0
%4 = const 440.0
%5 = add %3 %4
%6 = sine %5
%7 = saw %5
%8 = sub %6 %7
out %8 %6
---
frames 700
slide depth 0 5000
expect 0 0 within 0.000001
expect peak 1 3
