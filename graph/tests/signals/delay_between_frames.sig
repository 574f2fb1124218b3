; A delay of 3 frames, and one that slides through every place between frames.
input "x"
control name="frames" init=3.0 lo=0.0 hi=40.0
%0 = input "x"
%1 = const 3.0
%2 = delay %0 %1
%3 = control "frames"
%4 = delay %0 %3
out %2 %4
---
frames 600
drive x impulse
slide frames 40 0
expect 0 0 0 0 1 0 0 within 0
expect peak 1 1
