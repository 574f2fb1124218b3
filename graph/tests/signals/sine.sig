; A quarter of the rate: the four corners of a turn.
control name="freq" init=12000.0 lo=20.0 hi=20000.0
%0 = control "freq"
%1 = sine %0
out %1
---
expect 0 0 1 0 -1 0 1 0 -1 within 3e-7
expect 128 0 1 0 -1 within 3e-7
