#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# The tests tested: modelled units get each named defect in turn, and some test must notice each.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VM;

my $run = boot(options => ['--iommu', 'none'], words => ['defects']);
ends_with($run, 0, 'PASS');
cmp_ok(scalar @{ $run->{results} }, '>', 130, 'defects, each a result');
is_deeply([map { $_->{id} } grep { !$_->{ok} } @{ $run->{results} }], [], 'none goes unnoticed');
is($run->{results}[0]{id}, 'defect.none', 'units without a defect come first');
says($run, qr/caught by \S+ \[unit \d\]/);
done_testing();
