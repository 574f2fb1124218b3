; What the clock says and what the rate is: a phase within two beats, and beats as frames.
%0 = time beat
%1 = time part
%2 = const 2.0
%3 = binary mod %0 %2
%4 = add %3 %1
%5 = time tempo
%6 = rate
%7 = const 60.0
%8 = mul %6 %7
%9 = div %8 %5
%10 = saw %5
%11 = mul %9 %10
out %4 %11
---
rate 44100
frames 300
clock beat 7 0
clock part 0.25 0.001
clock tempo 120 0.5
expect 0 1.25 1.251 within 0.000001
expect 250 1.5 within 0.000001
