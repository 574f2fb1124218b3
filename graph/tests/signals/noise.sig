; White noise, mixed and divided: two strided registers, one of which stands still.
%0 = noise 1
%1 = noise 2
%2 = const 3.0
%3 = div %1 %2
%4 = add %0 %3
%5 = neg %4
out %5 %0
---
frames 333
expect peak 0.9 1.3334
