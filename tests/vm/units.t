#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# The same tests on units with other capabilities: what the unit lacks is skipped by the name of the
# bit, what it has must work.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VM;

sub unit {
	my ($options, $check) = @_;
	subtest $options => sub {
		my $run = boot(options => ['--iommu', $options]);
		ends_with($run, 0, 'PASS');
		$check->($run) if $check;
	};
}

sub all_skipped {
	my ($run, $pattern, $reason) = @_;
	my @results = results_of($run, $pattern);
	ok(@results > 0, "$pattern is in the plan");
	is_deeply([grep { $_->{directive} ne 'SKIP' || $_->{reason} !~ /\Q$reason\E/ } @results], [],
		"every $pattern is skipped: $reason");
}

unit('x-scalable-mode=off', sub {
	my ($run) = @_;
	all_skipped($run, qr/^sm\./, 'ECAP.SMTS (bit 43)');
	ok((grep { $_->{ok} && !$_->{directive} } results_of($run, qr/^legacy\./)) > 0, 'legacy.* passes');
});
unit('aw-bits=39');
unit('caching-mode=off');
unit('x-scalable-mode=off,caching-mode=off,aw-bits=39');
unit('x-scalable-mode=off,dma-drain=off');
unit('pt=off', sub { ok((grep { $_->{reason} =~ /ECAP\.PT/ } @{ $_[0]{results} }) > 0, 'pass-through is skipped') });
unit('intremap=off');
unit('snoop-control=on');
unit('device-iotlb=on');
done_testing();
