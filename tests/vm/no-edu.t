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

# What a PASS does not promise, at its end: each area once, and why what was skipped was.
my ($end) = $run->{log} =~ /^((?:# (?:(?:not )?tested:|\d+ skipped:).*\n)+)# verdict/m;
ok(defined $end && ($end =~ tr/\n//) <= 10, 'the log ends with what was tested, in ten lines at most') or diag($end // '');
my (%area, $skipped);
for (results_of($run, qr/./)) {
	my ($name) = split /\./, $_->{id};
	$area{$name}[$_->{directive} eq 'SKIP' ? 1 : 0]++;
	$skipped++ if $_->{directive} eq 'SKIP';
}
my %told = join(' ', $end =~ /^# tested:(.*)/gm) =~ /(\S+) (\d+(?:\/\d+)?)/g;
is_deeply(\%told, { map { my ($done, $not) = map { $_ // 0 } @{ $area{$_} }[0, 1]; $_ => $not ? "$done/" . ($done + $not) : $done }
	grep { $area{$_}[0] } keys %area }, 'areas that were tested, and how much of them');
my %not = join(' ', $end =~ /^# not tested:(.*)/gm) =~ /(\S+) (\d+)/g;
is_deeply(\%not, { map { $_ => $area{$_}[1] } grep { !$area{$_}[0] } keys %area }, 'areas that were not');
my $told = 0;
$told += $_ for $end =~ /^# (\d+) skipped:/gm;
is($told, $skipped, 'each skipped result has its reason there');
like($end, qr/^# (\d\d\d) skipped: no DMA agent behind unit 0$/m, 'the reason of most');
done_testing();
