#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# A log as XML: well-formed whatever the log holds, with the counts of the judge, and never a success that is none.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../judge";
use JUnit;
use Judge;
use Log;
use VM;

# Reads strictly what we write, XML without entities of its own or comments; undef if it is not well-formed, else
# elements in their order, each with its name and attributes.
sub parse_xml {
	my ($text) = @_;
	my (@open, @elements);
	return undef if $text =~ /[^\n -~]/ || $text !~ s/\A<\?xml version="1\.0" encoding="UTF-8"\?>\n//;
	while ($text =~ /\G(?:((?:[^<&>]|&(?:amp|lt|gt|quot);)+)|<(\/?)([a-z]+)((?: [a-z]+="(?:[^<&"]|&(?:amp|lt|gt|quot);)*")*)(\/?)>)/gc) {
		my ($character, $end, $name, $attributes, $is_empty) = ($1, $2, $3, $4, $5);
		return undef if defined $character && $character =~ /\S/ && !@open;
		next if defined $character;
		if ($end) {
			return undef if !@open || pop @open ne $name;
			next;
		}
		return undef if !@open && @elements;
		push @elements, { element => $name, $attributes =~ / ([a-z]+)="([^"]*)"/g };
		push @open, $name if !$is_empty;
	}
	return @open || (pos($text) // 0) < length $text ? undef : \@elements;
}

sub log_of {
	my ($verdict, @lines) = @_;
	my $text = join '', map { "$_\n" } 'TAP version 14', '# vtdcheck', @lines, "# verdict: $verdict";
	return $text . sprintf("# end crc32 %08x\n", crc32($text));
}

# The document for a log: its suite, its tests by name.
sub document {
	my ($name, $log) = @_;
	my $xml = junit_of($log, judge_log($log));
	my $elements = parse_xml($xml);
	ok($elements, "$name: well-formed") or diag($xml);
	my %document = (suite => $elements->[1], of => {}, xml => $xml);
	my $test;
	for (@$elements[2 .. $#$elements]) {
		$document{of}{ $test = $_->{name} } = '' if $_->{element} eq 'testcase';
		$document{of}{$test} = "$_->{element}: $_->{message}" if $_->{element} ne 'testcase';
	}
	return \%document;
}

ok(!parse_xml("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n$_"), "not well-formed: $_")
	for '<a>', '<a></b>', '<a b="&"/>', '<a>&x;</a>', '<a/><b/>', "<a>\e</a>", 'a', '<a b="<"/>';
ok(parse_xml("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a b=\"&lt;\">x<c/></a>\n"), 'well-formed');

my $mixed = document('all kinds', log_of('FAIL  2 passed, 2 failed, 1 known deviations, 1 skipped, '
	. '1 of the passed cured, 1 of the failed errors of our own',
	'1..6', 'ok 1 - a.b [unit 0]', 'not ok 2 - a.c [unit 0]', '  ---', '  spec: "1 < 2 & 3"',
	"  got:      \e[2J\x80", '  differs:  "x for <y>"', '  ...', 'not ok 3 - a.d [unit 0] # TODO known of "it"', '  ---',
	'  differs:  "z"', '  ...', 'ok 4 - b.a # SKIP no unit', 'not ok 5 - b.b # ERROR of our own, not of the unit',
	'ok 6 - b.c # TODO known'));
is_deeply($mixed->{of}, {
	'a.b [unit 0]' => '', 'a.c [unit 0]' => 'failure: x for &lt;y&gt;',
	'a.d [unit 0]' => 'skipped: known: known of &quot;it&quot;', 'b.a' => 'skipped: no unit', 'b.b' => 'error: ',
	'b.c' => '' }, 'each test is what became of it');
is(join(' ', map { "$_=$mixed->{suite}{$_}" } qw(tests failures errors skipped)),
	'tests=6 failures=1 errors=1 skipped=2', 'the counts');
like($mixed->{xml}, qr/\\x1b\[2J\\x80/, 'control characters are told');

my $crash = document('a crash', "TAP version 14\n# vtdcheck\n1..2\nok 1 - a.b\n# panic: oh <no>\n");
is($crash->{of}{'the run as a whole'}, 'error: panic: oh &lt;no&gt;; the last result is: ok 1 - a.b', 'is an error');
is(document('nothing', '')->{suite}{errors}, 1, 'a log that is empty is an error');
is(document('could not run', log_of('COULD NOT RUN  0 passed, 0 failed, 0 known deviations, 0 skipped', '1..0',
	'Bail out! x'))->{suite}{errors}, 1, 'so is a run that could not be');
is(document('nothing tested', log_of('NOTHING TESTED  0 passed, 0 failed, 0 known deviations, 1 skipped', '1..1',
	'ok 1 - a.b # SKIP x'))->{suite}{errors}, 1, 'so is one that tested nothing');

subtest 'bytes of any kind' => sub {
	for my $seed (1 .. 50) {
		srand($seed);
		my $noise = join '', map { chr rand 256 } 1 .. 200;
		my $log = "TAP version 14\n# vtdcheck\n1..1\nnot ok 1 - a.$noise\n  differs: \"$noise\"\n";
		my $xml = junit_of($log, judge_log($log));
		parse_xml($xml) or return fail("seed $seed") && diag($xml);
	}
	pass('are well-formed');
};

my $file = scratch_file('out.xml', 'old');
my $run = boot(options => ['--junit', $file], words => ['tests=reg.iqa,dmar.checksum,reg.pqa']);
ends_with($run, 0, 'PASS');
my $written = qx(cat $file);
is($written, scalar qx(./run.sh junit @{[ scratch_file('log', $run->{log}) ]}), '--junit is junit of the log');
is($?, 0, 'status 0');
like($written, qr/<testsuite name="vtdcheck" tests="3" failures="0" errors="0" skipped="2">/, 'known and skipped');
ends_with(boot(options => ['--junit', '/nonexistent/x']), 2, '--junit: cannot write the file');
ends_with(boot(options => ['--junit', $file, '--boot', 'floppy']), 2);
like(scalar qx(./run.sh junit 2>&1), qr/junit needs a file/, 'junit without a file');

SKIP: {
	skip 'no xmllint here', 1 if system('command -v xmllint >/dev/null');
	is(system('xmllint', '--noout', $file), 0, 'xmllint says so, too');
}

done_testing();
