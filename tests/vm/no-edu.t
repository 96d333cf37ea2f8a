#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# A unit, but no device that can be told to do DMA: what needs one is skipped, the rest is tested.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VM;

my $run = boot(options => ['--edu', 'none']);
ends_with($run, 0, 'PASS');
my @dma = results_of($run, qr/^(legacy|sm|isolation)\./);
ok(@dma > 0, 'tests that need DMA are in the plan');
is_deeply([grep { $_->{directive} ne 'SKIP' } @dma], [], 'all of them are skipped');
like($dma[0]{reason}, qr/agent|device/, 'the reason says so') if @dma;
ok((grep { $_->{ok} && !$_->{directive} } results_of($run, qr/^(reg|cap)\./)), 'registers are tested');
done_testing();
