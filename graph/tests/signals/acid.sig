; The voice that the benchmarks play: stages of four frames, then a recursion, while its cutoff slides and its gate turns.
control name="freq" init=110.0 lo=20.0 hi=2000.0
control name="gate" init=0.0 lo=0.0 hi=1.0
control name="cutoff" init=800.0 lo=100.0 hi=4000.0
%0 = control "freq"
%1 = control "gate"
%2 = control "cutoff"
%3 = const 0.005
%4 = const 0.15
%5 = const 0.3
%6 = const 0.08
%7 = adsr attack=%3 decay=%4 sustain=%5 release=%6 gate=%1
%8 = const 1200.0
%9 = mul %7 %8
%10 = add %2 %9
%11 = saw %0
%12 = const 1.4142135
%13 = lowpass %11 %10 %12
%14 = mul %13 %7
%15 = const 0.55
%16 = mul %14 %15
out %16
---
frames 4000
slide cutoff 200 3000
set gate 1 at 70
set gate 0 at 3001
expect 0 0 0 0 within 0
expect peak 0.3 0.7
