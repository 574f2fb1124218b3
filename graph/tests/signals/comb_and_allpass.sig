; Delay lines of 5 and 3 frames at 44.1 kHz: an impulse comes back at its times.
input "x"
%0 = input "x"
%1 = const 0.5
%2 = const 0.0
%3 = comb %0 %1 %2 5
%4 = allpass %0 3
out %3 %4
---
rate 44100
drive x impulse
expect 0 0 0 0 0 0 1 0 0 0 0 0.5 0 0 0 0 0.25 within 0
expect peak 1 1
