; Low, band and high of one filter make up what comes in: low + damping · band + high = x.
input "x"
control name="cutoff" init=900.0 lo=20.0 hi=20000.0
%0 = input "x"
%1 = control "cutoff"
%2 = const 0.7
%3 = lowpass %0 %1 %2
%4 = bandpass %0 %1 %2
%5 = highpass %0 %1 %2
%6 = mul %4 %2
%7 = add %3 %6
%8 = add %7 %5
%9 = sub %8 %0
out %9 %4
---
frames 2000
drive x noise
slide cutoff 100 15000
expect peak 0 0.00001
