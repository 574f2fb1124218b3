; An envelope's times to the frame: 4 up, 4 down to a half, held, 2 down to nought.
control name="gate" init=0.0 lo=0.0 hi=1.0
%0 = control "gate"
%1 = const 0.004
%2 = const 0.5
%3 = const 0.002
%4 = adsr attack=%1 decay=%1 sustain=%2 release=%3 gate=%0
out %4
---
rate 1000
frames 100
set gate 1 at 10
set gate 0 at 30
expect 9 0 0 0.25 0.5 0.75 1 0.875 0.75 0.625 0.5 0.5 within 1e-6
expect 29 0.5 0.25 0 0 within 1e-6
