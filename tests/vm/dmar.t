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
my $endpoint = scope(1, 0, [1, 0]);

# One boot with these tables; returns the run.
sub boot_tables {
	return boot(words => ['tests=dmar.*,cap.stable', 'known=none'], qemu => [firmware([@_])]);
}

# A table that breaks the rules named and no other; the unit is tested all the same, or not found.
sub breaks {
	my ($name, $rules, $unit_is_tested, @tables) = @_;
	subtest $name => sub {
		my $run = boot_tables(@tables);
		ends_with($run, 1, 'FAIL');
		my @failed = map { $_->{id} } grep { !$_->{ok} } @{ $run->{results} };
		is_deeply([sort @failed], [sort split / /, $rules], "what fails: $rules");
		is(result($run, 'cap.stable'), $unit_is_tested ? 'ok' : 'absent', 'the unit is ' .
			($unit_is_tested ? 'tested' : 'not found'));
	};
}

subtest 'the good twin' => sub {
	my $run = boot_tables(dmar({}, $unit));
	ends_with($run, 0, 'PASS');
	is(result($run, 'cap.stable'), 'ok', 'the unit is found');
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
	dmar({}, drhd(UNIT_BASE, 0, $endpoint, scope(1, 0, [31], 7))));
breaks('scope past its structure', 'dmar.scope-length', 1,
	dmar({}, drhd(UNIT_BASE, 0, $endpoint, scope(1, 0, [31, 2], 200))));
breaks('unaligned base', 'dmar.drhd-base', 0, dmar({}, drhd(UNIT_BASE + 0x800, INCLUDE_ALL)));
breaks('base 0', 'dmar.drhd-base', 1, dmar({}, drhd(0, 0, scope(1, 0, [30, 0])), $unit));
breaks('a width of 256 bits', 'dmar.host-address-width', 1, dmar({ width => 256 }, $unit));
breaks('two units for all devices', 'dmar.include-all-twice dmar.units-answer', 1,
	dmar({}, $unit, drhd(HOLE, INCLUDE_ALL)));
breaks('no unit', 'dmar.no-drhd', 0, dmar({}));
breaks('two tables', 'dmar.one-table', 1, dmar({}, $unit), dmar({}, $unit));

subtest 'unknown structure type: a note, no failure' => sub {
	my $run = boot_tables(dmar({}, $unit, structure(200, "\0" x 12)));
	ends_with($run, 0, 'PASS');
	says($run, qr/type 200/);
};

done_testing();
