; The line is as long as the control can become, whatever it is.
input "x"
control name="frames" init=7.5 lo=0.0 hi=20.0
%0 = input "x"
%1 = control "frames"
%2 = delay %0 %1
%3 = mem %2
%4 = const 0.5
%5 = recur %3 %4
out %5
---
drive x noise
set frames 0 at 100
set frames 20 at 150
expect peak 0.3 2.5
