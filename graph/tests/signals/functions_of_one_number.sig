; Every function of one number, of an x that slides from -3 to 3 (logarithms of its square and a bit): each at an amplitude of its own.
control name="x" init=0.0 lo=-3.0 hi=3.0
%0 = control "x"
%1 = mul %0 %0
%2 = const 0.01
%3 = add %1 %2
%4 = unary abs %0
%5 = const 0.0625
%6 = mul %4 %5
%7 = unary sqrt %0
%8 = const 0.125
%9 = mul %7 %8
%10 = add %6 %9
%11 = unary floor %0
%12 = const 0.1875
%13 = mul %11 %12
%14 = add %10 %13
%15 = unary ceil %0
%16 = const 0.25
%17 = mul %15 %16
%18 = add %14 %17
%19 = unary round %0
%20 = const 0.3125
%21 = mul %19 %20
%22 = add %18 %21
%23 = unary sin %0
%24 = const 0.375
%25 = mul %23 %24
%26 = add %22 %25
%27 = unary cos %0
%28 = const 0.4375
%29 = mul %27 %28
%30 = add %26 %29
%31 = unary tan %0
%32 = const 0.0625
%33 = mul %31 %32
%34 = add %30 %33
%35 = unary asin %0
%36 = const 0.5625
%37 = mul %35 %36
%38 = add %34 %37
%39 = unary acos %0
%40 = const 0.625
%41 = mul %39 %40
%42 = add %38 %41
%43 = unary atan %0
%44 = const 0.6875
%45 = mul %43 %44
%46 = add %42 %45
%47 = unary sinh %0
%48 = const 0.0625
%49 = mul %47 %48
%50 = add %46 %49
%51 = unary cosh %0
%52 = const 0.0625
%53 = mul %51 %52
%54 = add %50 %53
%55 = unary tanh %0
%56 = const 0.875
%57 = mul %55 %56
%58 = add %54 %57
%59 = unary exp %0
%60 = const 0.0625
%61 = mul %59 %60
%62 = add %58 %61
%63 = unary exp2 %0
%64 = const 1.0
%65 = mul %63 %64
%66 = add %62 %65
%67 = unary log %3
%68 = const 1.0625
%69 = mul %67 %68
%70 = add %66 %69
%71 = unary log2 %3
%72 = const 1.125
%73 = mul %71 %72
%74 = add %70 %73
%75 = unary log10 %3
%76 = const 1.1875
%77 = mul %75 %76
%78 = add %74 %77
out %78 %77
---
slide x -3 3
expect 0 3.979556 within 0.00002
expect 17 3.319155 within 0.00002
expect 100 -2.189927 within 0.00002
expect 128 -12.198084 within 0.00002
expect 171 6.368088 within 0.00002
expect 255 22.005862 within 0.00002
