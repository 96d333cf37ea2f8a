#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# The checks that `make` runs over object files and titles notice what they are for. Boots nothing.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VM;

# Compiles a source into an object file; returns its path.
sub object {
	my ($name, $text) = @_;
	my $source = scratch_file("$name.c", $text);
	my $object = $source =~ s/c$/o/r;
	system('gcc', '-c', '-o', $object, $source) == 0 or die "gcc: $source";
	return $object;
}

# Runs a check; returns its exit status and what it says.
sub check { my ($command) = @_; my $said = qx($command 2>&1); return ($? >> 8, $said) }

my $base = object('base', 'int base_value(void) { return 1; }');
my $left = object('left', 'int base_value(void), right_value(void); int left_value(void) { return base_value() + right_value(); }');
my $right = object('right', 'int base_value(void), other_value(void); int right_value(void) { return base_value() + other_value(); }');
my $other = object('other', 'int left_value(void); int other_value(void) { return left_value(); }');
my $top = object('top', 'int right_value(void); int main(void) { return right_value(); }');

subtest 'circles' => sub {
	my ($status, $said) = check("tests/checks/circles $base $right $top");
	is($status, 0, 'a row of files is none') or diag($said);
	($status, $said) = check("tests/checks/circles $base $left $right $other $top");
	isnt($status, 0, 'three files that use each other');
	like($said, qr/\Q$_\E/, "names $_") for $left, $right, $other;
	unlike($said, qr/\Q$base\E/, 'and not what they use');
	is((check("tests/checks/circles $base $left $right $top"))[0], 0, 'without the third file there is none');
};

sub unused {
	my ($list, @objects) = @_;
	return check('tests/checks/unused ' . scratch_file('list', $list) . " @objects");
}

subtest 'unused' => sub {
	my ($status, $said) = unused("# comment\n\nmain  the start code calls it\n", $base, $right, $other, $left, $top);
	is($status, 0, 'everything is used, or in the list') or diag($said);
	($status, $said) = unused('', $base, $right, $other, $left, $top);
	is($status, 1, 'a function that nobody calls');
	like($said, qr/top\.o: main: /, 'is named');
	my $own = object('own', 'int helper(void) { return 2; } int base_value(void) { return helper(); }');
	($status, $said) = unused("main  the start code calls it\n", $own, $right, $other, $left, $top);
	is($status, 1, 'a function that only its own file calls');
	like($said, qr/own\.o: helper: /, 'is named');
	($status, $said) = unused("main  the start code calls it\nbase_value  no reason at all\n", $base, $right, $other, $left, $top);
	is($status, 1, 'a line of the list that is not needed');
	($status, $said) = unused("main  the start code calls it\nghost  was here\n", $base, $right, $other, $left, $top);
	is($status, 1, 'a line about what there is not');
	($status, $said) = unused("main\n", $base, $right, $other, $left, $top);
	is($status, 1, 'a line without a reason');
};

sub titles {
	my ($spec, $comment) = @_;
	return check('tests/checks/titles tests/host/spec/headings.txt '
		. scratch_file('TESTS.md', "| `a.b` | Some Title (of a test) | $spec | - |\n") . ' '
		. scratch_file('some.c', "/*\n * $comment\n */\nstatic const char text[] = \"No Such Section\";\n"));
}

subtest 'titles' => sub {
	for (['Scalable-Mode Context-Entry', 'See "Root Entry".'],
		['Scalable-Mode Context-Entry: DTE, PASIDE (SCT.4.2, LGN.1.1)', '("Fault Recording Registers", FRI)'],
		['Root Table Address Register: TTM; Root Entry', qq("Scalable-Mode PASID\n * Table Entry": P)],
		['PASID-based IOTLB Invalidate Descriptor (P_IOTLB)', '"PASID-based IOTLB Invalidate Descriptor"'],
		['List of Valid Descriptor Types for Each Mode', 'says "PASID was freed before" and "ECAP.SMTS (bit 43)"'],
		['no rule of the specification: about modelled units', 'nothing']) {
		my ($status, $said) = titles(@$_);
		is($status, 0, "right: @$_") or diag($said);
	}
	for (['Scalable-Mode Context Entry', 'nothing'], ['Root Entry; Context-Entry', 'nothing'], ['', 'nothing'],
		['root entry', 'nothing'], ['Root Entry', 'See "Scalable-Mode Root Entry".'],
		['Root Entry', qq("Scalable-Mode PASID\n * Table Entries")], ['Root Entry', '"Virtual Commands Interface"']) {
		is((titles(@$_))[0], 1, "wrong: @$_");
	}
};

# docs/spec.awk with another list of lines, titles and tests.
sub spec {
	my ($lines, $headings, @tests) = @_;
	my $table = join '', map { "| `$_->[0]` | what | $_->[1] | - |\n" } @tests;
	return check('awk -f docs/spec.awk ' . join ' ', scratch_file('spec-sections.txt', $lines),
		scratch_file('headings.txt', $headings), scratch_file('tests.md', $table));
}

subtest 'sections of the specification' => sub {
	my $headings = "1 Words\n2 Rules\n2.1 First\n2.2 Second\nTable 1 Values\n";
	my $lines = "1\tno-rule\twords\n2\tno-rule\theading\n";
	my @both = (['a.first', 'First'], ['a.second', 'Second: P']);
	my ($status, $said) = spec($lines, $headings, @both, ['a.table', 'Values']);
	is($status, 0, 'each has a test or a line') or diag($said);
	like($said, qr/^\| 2\.2 Second \| 1 \| `a\.second` \|$/m, 'a title with a field is that of the section');
	like($said, qr/^\| Table 1 Values \| 1 \|/m, 'a table that is quoted is there');
	($status, $said) = spec($lines, $headings, $both[0]);
	is($status, 1, 'one without either');
	like($said, qr/2\.2 Second has no test and no line/, 'is named');
	is((spec("$lines\n2.*\topen\tlater\n", $headings, $both[0]))[0], 0, 'a line for all below will do');
	is((spec("$lines\n2.2\ttests\ta.f*\n", $headings, $both[0]))[0], 0, 'and tests of another title');
	is((spec("$lines\n2.2\ttests\tb.f*\n", $headings, $both[0]))[0], 1, 'but not tests that are none');
	is((spec("$lines\n2.2\tperhaps\tlater\n", $headings, @both))[0], 1, 'nor a kind that is none');
	is((spec("$lines\n2.3\topen\tlater\n", $headings, @both))[0], 1, 'nor a section that is none');
	is((spec($lines, $headings, @both, ['a.other', 'Third']))[0], 1, 'nor a title that is none');
};

# docs/bugs.awk with another list of bugs and tests.
sub bugs {
	my ($lines, @tests) = @_;
	my $table = join '', map { "| `$_->[0]` | $_->[1] | First | - |\n" } @tests;
	return check('awk -f docs/bugs.awk ' . join ' ', scratch_file('bugs.txt', $lines), scratch_file('tests.md', $table));
}

subtest 'public bugs' => sub {
	my @tests = (['a.first', 'it works'], ['a.second', 'QEMU 0123456789: so does this'], ['b.third', 'and this']);
	my $line = "QEMU abcdef0123, 0123456789\tit breaks";
	my ($status, $said) = bugs("$line\ttests\ta.f*\n", @tests);
	is($status, 0, 'a bug with a test') or diag($said);
	like($said, qr/^\| QEMU abcdef0123, 0123456789 \| it breaks \| `a\.f\*`, `a\.second` \|$/m,
		'and the one whose title names it');
	like((bugs("$line\tdevice\ta mouse\n", @tests))[1], qr/\| it breaks \| `a\.second` \|$/m, 'a test beats a reason');
	like((bugs("$line\tdevice\ta mouse\n", $tests[0]))[1], qr/\| it breaks \| not here: a mouse \|$/m, 'a reason');
	is((bugs("$line\ttests\tc.*\n", @tests))[0], 1, 'tests that are none');
	is((bugs("$line\tfile\ttests/none\n", @tests))[0], 1, 'a file that is none');
	is((bugs("$line\tperhaps\tlater\n", @tests))[0], 1, 'a kind that is none');
	is((bugs("Xen 0123456789\tit breaks\ttests\ta.first\n", @tests))[0], 1, 'a title that names what has no line');
};

done_testing();
