#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# Known deviations: profiles by version, options in pairs, and a list of one's own.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VM;

my @selected = 'tests=dmar.checksum,reg.iqa,gcmd.cfi,queue.wait-none';

# Writes a list of known deviations, and boots with it.
sub boot_with {
	my ($text, %more) = @_;
	my $file = scratch_file('known.txt', $text);
	return boot(words => [@selected, 'known=none'], %more,
		options => ['--known', $file, @{ $more{options} // [] }]);
}

my $before = boot(words => [@selected, 'known=none']);
ends_with($before, 1, 'FAIL');
my $list = qx(./run.sh known-from @{[ scratch_file('before.log', $before->{log}) ]});
is($?, 0, 'known-from ends with 0');
is_deeply([sort grep { !/^#/ } split /\n/, $list], [sort
	'known reg.iqa = 64-bit: bits 12-47 stay 0',
	'known reg.iqa = halves: bits 12-47 stay 0',
	'known reg.iqa = high half first: bits 12-47 stay 0',
	'known gcmd.cfi = GSTS does not follow when the bit goes on',
	'known queue.wait-none = IQE'], 'a line for each part of each failure') or diag($list);

for my $route ('pvh', 'iso', 'iso-uefi', 'efi') {
	subtest "the list by the route $route" => sub {
		my $run = boot_with($list, options => ['--boot', $route]);
		ends_with($run, 0, 'PASS');
		is(result($run, $_), 'known', "$_ is known") for 'reg.iqa', 'gcmd.cfi', 'queue.wait-none';
		is(result($run, 'dmar.checksum'), 'ok', 'what was no failure is none');
	};
}

subtest 'a part that is not listed is a failure beside those that are' => sub {
	my $run = boot_with($list =~ s/known reg.iqa = halves.*\n//r);
	ends_with($run, 1, 'FAIL');
	is(result($run, 'reg.iqa'), 'not ok', 'reg.iqa fails');
	is(result($run, 'gcmd.cfi'), 'known', 'the others are known');
};

subtest 'symbolic widths' => sub {
	my $symbolic = $list =~ s/12-47/12-<HAW/gr;
	ends_with(boot_with($symbolic, options => ['--iommu', 'aw-bits=39']), 0, 'PASS');
	ends_with(boot_with($list, options => ['--iommu', 'aw-bits=39']), 0, 'PASS');
	ends_with(boot_with($list =~ s/12-47/12-37/gr, options => ['--iommu', 'aw-bits=39']), 1, 'FAIL');
};

subtest 'what no longer deviates is said, and no failure' => sub {
	my $run = boot_with($list . "known dmar.checksum = wrong\n");
	ends_with($run, 0, 'PASS');
	says($run, '# cured: dmar.checksum no longer deviates');
};

sub refused {
	my ($name, $text, @sentences) = @_;
	subtest $name => sub {
		my $run = boot_with($text);
		ends_with($run, 2);
		says($run, $_) for @sentences;
	};
}

refused('a line without =', "# mine\nknown reg.iqa IQE\n", 'line 2 of the text file', 'known ID = OBSERVED');
refused('no such test', "known reg.nosuch = IQE\n", 'reg.nosuch', 'no test');
refused('too many lines', "known gcmd.cfi = IQE\n" x 1025, 'line 1025', '1024 are allowed');
refused('too long', "#" x 32768, 'longer than 32767 bytes');

subtest 'a file that is not there' => sub {
	my $run = boot(options => ['--known', '/nonexistent']);
	ends_with($run, 2, '/nonexistent');
};

subtest 'a log that is no log' => sub {
	my $text = qx(./run.sh known-from README.md 2>&1);
	is($? >> 8, 2, 'status 2');
	like($text, qr/README.md/, 'it is named');
};

subtest 'a version that nobody compared takes the nearest older one, and says so' => sub {
	my $run = boot(words => [@selected, 'known=qemu-9.1']);
	ends_with($run, 0, 'PASS');
	says($run, 'known=qemu-9.1');
	says($run, 'qemu-9.1 was never compared: the deviations of qemu-7.2, the nearest older one, stand in');
};

subtest 'a newer QEMU with the deviations of an older one: what is repaired by half is no failure' => sub {
	my ($qemu) = grep { $_->{version} =~ /^1[1-9]\./ } qemus();
	plan skip_all => 'no QEMU from 11 on is at hand (./run.sh qemus)' if !$qemu;
	my $run = boot(env => { QEMU => $qemu->{command} }, words => ['tests=fault.ss-*,queue.wait-fence', 'known=qemu-10.0']);
	ends_with($run, 0, 'PASS');
	says($run, '# cured: queue.wait-fence no longer deviates');
	is(result($run, 'fault.ss-no-write'), 'known', 'PP is right now, the reason is not');
};

subtest 'the list of all deviations' => sub {
	my $run = boot(words => ['known=list']);
	ends_with($run, 0);
	says($run, qr/^# deviations of: qemu 7\.2/m);
	says($run, qr/^7\.2\tOPEN\t-\t-\t-\tgcmd\.cfi\tGlobal Command Register\t/m);
};

done_testing();
