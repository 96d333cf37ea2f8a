#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# Words that the kernel does not know end the run before anything is touched.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VM;

sub refused {
	my ($words, @texts) = @_;
	subtest "@$words" => sub {
		my $run = boot(words => $words);
		ends_with($run, 2);
		says($run, $_) for @texts;
		is(scalar @{ $run->{results} }, 0, 'nothing was tested');
	};
}

refused(['frobnicate'], 'frobnicate', 'tests=GLOB', 'verbose');
refused(['tests=dmar.*', 'Verbose'], 'Verbose', 'verbose');
refused(['tests='], 'tests=');
refused(['tests=dmar.*,nosuch.*'], 'nosuch.*');
refused(['skip=nosuch'], 'nosuch');
refused(['units=some'], 'units=some', 'real, model or all');
refused(['vcmd=4.0'], 'vcmd=4.0', 'auto, draft or 3.3');
refused(['seed=12x'], 'seed=12x');
refused(['known=qemu-0.1'], 'qemu-0.1', 'qemu-7.2');

subtest 'everything is skipped by name' => sub {
	my $run = boot(words => ['tests=dmar.*', 'skip=*']);
	ends_with($run, 3);
};

subtest 'a word given twice: the last one counts' => sub {
	my $run = boot(words => ['tests=nosuch', 'tests=dmar.checksum']);
	ends_with($run, 0, 'PASS');
	is_deeply([ids($run)], ['ok dmar.checksum []'], 'one result');
};

done_testing();
