#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# The same kernel with the processor's own virtualization, where that can be had.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VM;

plan skip_all => '/dev/kvm cannot be opened' unless -w '/dev/kvm';

# Few tests: without -icount each transfer of edu takes its 100 ms.
my $run = boot(options => ['--accel', 'kvm'], words => ['tests=dmar.*,cap.*,sm.lower-half']);
ends_with($run, 0, 'PASS');
is(result($run, 'sm.lower-half'), 'ok', 'data moved');
done_testing();
