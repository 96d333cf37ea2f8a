#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# The tests tested: modelled units get each named defect in turn, and some test must notice each. In a machine it takes
# a quarter of an hour, so there only that they are switched is looked at.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VM;

my $run = process('defects');
ends_with($run, 0, 'PASS');
cmp_ok(scalar @{ $run->{results} }, '>', 130, 'defects, each a result');
is_deeply([map { $_->{id} } grep { !$_->{ok} } @{ $run->{results} }], [], 'none goes unnoticed');
is($run->{results}[0]{id}, 'defect.none', 'units without a defect come first');
says($run, qr/caught by \S+ \[unit \d\]/);

my $few = boot(options => ['--iommu', 'none'], words => ['defects', 'tests=gcmd.*']);
is($few->{status}, 1, 'few tests do not notice all of them');
is($few->{results}[0]{id}, 'defect.none', 'units without a defect come first');
ok($few->{results}[0]{ok}, 'and nothing fails there');
is(scalar @{ $few->{results} }, scalar @{ $run->{results} }, 'each is tried');
done_testing();
