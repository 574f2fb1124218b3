; A loop: what it gives is one frame later what comes back. It counts frames, and goes round at 5.
%0 = last 1
%1 = const 1.0
%2 = add %0 %1
%3 = const 5.0
%4 = binary mod %2 %3
%5 = feed %0 %4 %4
out %5
---
expect 0 1 2 3 4 0 1 2 3 4 0 within 0
expect 252 3 4 0 1 within 0
