; A gate that is a signal turns in the middle of spans: the envelope is a recursion, and what hangs on it is a stage later.
%0 = const 200.0
%1 = sine %0
%2 = const 0.001
%3 = const 0.7
%4 = adsr attack=%2 decay=%2 sustain=%3 release=%2 gate=%1
%5 = const 4000.0
%6 = mul %4 %5
%7 = noise 1
%8 = const 1.0
%9 = lowpass %7 %6 %8
%10 = saw %6
%11 = mul %9 %10
out %11 %4
---
rate 44100
frames 900
expect peak 0.05 3
