; Loops that overlap: an accumulator of an accumulator, both leaking.
input "x"
%0 = input "x"
%1 = last 1
%2 = last 2
%3 = const 0.5
%4 = mul %1 %3
%5 = add %0 %4
%6 = mul %2 %3
%7 = add %5 %6
%8 = feed %1 %5 %7
%9 = feed %2 %7 %8
out %9
---
drive x impulse
expect 0 1 1 0.75 0.5 0.3125 within 0
