; Functions of one number and of two, on noise: the same bits everywhere, and sin² + cos² = 1.
input "x"
%0 = input "x"
%1 = const 3.0
%2 = mul %0 %1
%3 = unary sin %2
%4 = unary cos %2
%5 = mul %3 %3
%6 = mul %4 %4
%7 = add %5 %6
%8 = unary tanh %2
%9 = unary exp %8
%10 = unary log %9
%11 = binary atan2 %10 %4
%12 = binary pow %9 %8
%13 = unary floor %2
%14 = binary fmod %12 %9
%15 = binary lt %11 %13
%16 = select %15 %14 %12
%17 = unary sqrt %9
%18 = div %16 %17
out %7 %18
---
drive x noise
expect 0 1 1 1 1 1 1 within 0.000002
expect 250 1 1 1 1 1 1 within 0.000002
