; A table that is read at an index that goes beyond it, and one that is written as a ring of four.
table [ 1.0 2.0 4.0 8.0 ]
table [ 0.0 0.0 0.0 0.0 ]
%0 = last 1
%1 = const 1.0
%2 = add %0 %1
%3 = feed %0 %2 %0
%4 = table 0 %3
%5 = const 4.0
%6 = binary mod %3 %5
%7 = binary mod %2 %5
%8 = rw_table 1 %6 %4 %7
out %4 %8
---
expect 0 1 2 4 8 8 8 within 0
expect 255 8 within 0
