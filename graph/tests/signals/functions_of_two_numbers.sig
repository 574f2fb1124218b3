; Every function of two numbers, of an x that slides up and a y that slides down, in eighths now and then equal: each at an
; amplitude of its own.
control name="x" init=0.0 lo=-3.0 hi=3.0
control name="y" init=0.0 lo=-3.0 hi=3.0
%0 = control "x"
%1 = control "y"
%2 = unary abs %0
%3 = binary min %0 %1
%4 = const 0.0625
%5 = mul %3 %4
%6 = binary max %0 %1
%7 = const 0.125
%8 = mul %6 %7
%9 = add %5 %8
%10 = binary pow %2 %1
%11 = const 0.1875
%12 = mul %10 %11
%13 = add %9 %12
%14 = binary mod %0 %1
%15 = const 0.25
%16 = mul %14 %15
%17 = add %13 %16
%18 = binary fmod %0 %1
%19 = const 0.3125
%20 = mul %18 %19
%21 = add %17 %20
%22 = binary remainder %0 %1
%23 = const 0.375
%24 = mul %22 %23
%25 = add %21 %24
%26 = binary floor_div %0 %1
%27 = const 0.4375
%28 = mul %26 %27
%29 = add %25 %28
%30 = binary atan2 %0 %1
%31 = const 0.5
%32 = mul %30 %31
%33 = add %29 %32
%34 = binary lt %0 %1
%35 = const 0.5625
%36 = mul %34 %35
%37 = add %33 %36
%38 = binary le %0 %1
%39 = const 0.625
%40 = mul %38 %39
%41 = add %37 %40
%42 = binary gt %0 %1
%43 = const 0.6875
%44 = mul %42 %43
%45 = add %41 %44
%46 = binary ge %0 %1
%47 = const 0.75
%48 = mul %46 %47
%49 = add %45 %48
%50 = binary eq %0 %1
%51 = const 0.8125
%52 = mul %50 %51
%53 = add %49 %52
%54 = binary ne %0 %1
%55 = const 0.875
%56 = mul %54 %55
%57 = add %53 %56
out %57 %56
---
slide x -3 3
slide y 2 -2.5
set x 1.25 at 200
set y 1.25 at 200
set y 0.75 at 230
expect 1 2.694338 within 0.00002
expect 50 1.109626 within 0.00002
expect 90 0.412438 within 0.00002
expect 150 3.501422 within 0.00002
expect 199 2.572312 within 0.00002
expect 210 3.499895 within 0.00002
expect 240 3.877472 within 0.00002
