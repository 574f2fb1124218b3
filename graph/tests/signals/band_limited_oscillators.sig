; A saw, a pulse whose width slides, a triangle and a phasor of one moving pitch.
control name="freq" init=440.0 lo=20.0 hi=8000.0
control name="width" init=0.5 lo=0.0 hi=1.0
%0 = control "freq"
%1 = control "width"
%2 = saw %0
%3 = square %0 %1
%4 = triangle %0
%5 = phasor %0
%6 = add %2 %3
%7 = mul %4 %5
out %6 %7
---
frames 1000
slide freq 100 7000
set width 0.2 at 300
set width 0.9 at 611
expect peak 1.5 3
