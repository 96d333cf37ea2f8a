#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# A real unit behind DMAR tables that break one rule each. The rule is named, no other rule is blamed,
# and what the rest of the table describes is still tested.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VM;
use Firmware;

my $unit = drhd(UNIT_BASE, INCLUDE_ALL);
my $endpoint = scope(1, 0, [3, 0]);

# One boot with these tables; returns the run.
sub boot_tables {
	return boot(words => ['tests=dmar.*,reg.version', 'known=none'], qemu => [firmware([@_])]);
}

# A table that breaks `rule` and nothing else; `unit` says whether the unit can be tested all the same.
sub breaks {
	my ($name, $rule, $unit_is_tested, @tables) = @_;
	subtest $name => sub {
		my $run = boot_tables(@tables);
		ends_with($run, 1, 'FAIL');
		is(result($run, $rule), 'not ok', "$rule fails");
		my @others = grep { outcome_is_bad($_) && $_->{id} ne $rule } @{ $run->{results} };
		is_deeply([map { $_->{id} } @others], [], 'nothing else fails');
		is(result($run, 'reg.version'), $unit_is_tested ? 'ok' : 'absent', 'the unit is ' .
			($unit_is_tested ? 'tested' : 'not found'));
	};
}

sub outcome_is_bad { my ($result) = @_; return !$result->{ok} && $result->{directive} eq '' }

subtest 'the good twin' => sub {
	my $run = boot_tables(dmar({}, $unit));
	ends_with($run, 0, 'PASS');
	is(result($run, 'reg.version'), 'ok', 'the unit is found');
};

breaks('wrong checksum', 'dmar.checksum', 1, dmar({ checksum => -1 }, $unit));
breaks('table shorter than its header', 'dmar.length', 0, dmar({ length => 40 }, $unit));
breaks('structure of length 0', 'dmar.structure-header', 1,
	dmar({}, $unit, structure(1, "\0" x 20, 0)));
breaks('structure of length 3', 'dmar.structure-header', 1,
	dmar({}, $unit, structure(1, "\0" x 20, 3)));
breaks('structure past the end', 'dmar.structure-end', 1,
	dmar({}, $unit, structure(3, "\0" x 16, 4096)));
breaks('scope of odd length', 'dmar.scope-length', 1,
	dmar({}, drhd(UNIT_BASE, 0, $endpoint, scope(1, 0, [4], 7))));
breaks('scope past its structure', 'dmar.scope-length', 1,
	dmar({}, drhd(UNIT_BASE, 0, $endpoint, scope(1, 0, [4, 0], 200))));
breaks('unaligned base', 'dmar.drhd-base', 0, dmar({}, drhd(UNIT_BASE + 0x800, INCLUDE_ALL)));
breaks('two units for all devices', 'dmar.include-all-twice', 1,
	dmar({}, $unit, drhd(UNIT_BASE + 0x1000000, INCLUDE_ALL)));
breaks('no unit', 'dmar.no-drhd', 0, dmar({}));
breaks('two tables', 'dmar.one-table', 1, dmar({}, $unit), dmar({}, $unit));

subtest 'unknown structure type: a note, no failure' => sub {
	my $run = boot_tables(dmar({}, $unit, structure(200, "\0" x 12)));
	ends_with($run, 0, 'PASS');
	says($run, qr/type 200/);
};

done_testing();
