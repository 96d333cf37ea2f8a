#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# A log is believed only if it is whole, agrees with itself and with the way in which QEMU ended. Boots nothing:
# logs are made here, good ones and damaged ones, and tests/vm/fake-qemu writes some of them.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../judge";
use Exit;
use Judge;
use Log ();
use Mark;
use VM;

# What the kernel writes: true counts, a correct end line.
sub kernel_text {
	my ($verdict, @lines) = @_;
	my %count = (passed => 0, failed => 0, known => 0, skipped => 0);
	for (@lines) {
		$count{ /# SKIP/ ? 'skipped' : /^ok/ ? 'passed' : /# TODO/ ? 'known' : 'failed' }++ if /^(not )?ok/;
	}
	$verdict .= "  $count{passed} passed, $count{failed} failed, $count{known} known deviations, "
		. "$count{skipped} skipped" if $verdict =~ /^[A-Z ]+$/;
	my $text = join '', map { "$_\n" } 'TAP version 14', '# vtdcheck', @lines, "# verdict: $verdict";
	return $text . sprintf("# end crc32 %08x\n", Log::crc32($text));
}

# The same as a serial line has it: the firmware's noise comes first.
sub whole_log { return "\e[2Jfirmware\r\n\e[0m" . kernel_text(@_) }

my @two = ('1..2', 'ok 1 - a.b [unit 0]', 'ok 2 - a.c [unit 0] # SKIP unit 0 lacks ECAP.SMTS (bit 43)');
my $good = whole_log('PASS', @two);
my $failing = whole_log('FAIL', '1..1', 'not ok 1 - a.b', '  ---', '  differs:  "x"', '  ...');

is(sprintf('%08x', Log::crc32('123456789')), 'cbf43926', 'the CRC is the one that everybody means');

# ---- one run in QEMU ---------------------------------------------------------------------------

# The judge as run.sh calls it, with the status that QEMU ended with.
sub judged {
	my ($name, $log, $ended, $status, $text, %more) = @_;
	my ($verdict, $reason) = judge_run($log, ended => $ended, %more);
	is(status_of($verdict), $status, "$name: status $status") or diag($reason);
	ok(index($reason, $text) >= 0, "$name: $text") or diag($reason);
}

judged('pass', $good, 33, 0, 'PASS  1 passed');
judged('fail', $failing, 35, 1, 'FAIL  0 passed, 1 failed');
judged('a known deviation is no failure',
	whole_log('PASS', '1..2', 'ok 1 - a.b', 'not ok 2 - a.c # TODO known'), 33, 0, 'PASS');
judged('a deviation that is gone', whole_log('PASS  1 passed, 0 failed, 0 known deviations, 0 skipped, '
	. '1 of the passed cured', '1..1', 'ok 1 - a.b # TODO known'), 33, 0, 'PASS');
my $ailing = '0 passed, 1 failed, 0 known deviations, 1 skipped, 1 of the skipped because a unit is ill';
my @ill = ('1..2', 'not ok 1 - a.b', 'ok 2 - a.c [unit 0] # SKIP a.b tells: unit 0 is no use, it allocates PASID 0');
judged('a unit that is ill', whole_log("FAIL  $ailing", @ill), 35, 1, "FAIL  $ailing");
judged('a unit that is ill, and nobody met it', whole_log("FAIL  $ailing", @ill[0, 1], 'ok 2 - a.c # SKIP no unit'),
	35, 4, 'does not fit');
my @ours = ('1..2', 'ok 1 - a.b', 'not ok 2 - a.c [unit 0] # ERROR of our own, not of the unit');
my $errors = '1 passed, 1 failed, 0 known deviations, 0 skipped, 1 of the failed errors of our own';
judged('an error of our own', whole_log("COULD NOT RUN  $errors", @ours), 37, 2, "COULD NOT RUN  $errors");
judged('an error of our own, called a pass', whole_log("PASS  $errors", @ours), 33, 4, 'does not fit');
judged('an error of our own, called a failure', whole_log("FAIL  $errors", @ours), 35, 4, 'does not fit');
judged('a failure beside an error of our own', whole_log('FAIL  0 passed, 2 failed, 0 known deviations, 0 skipped, '
	. '1 of the failed errors of our own', '1..2', 'not ok 1 - a.b', $ours[2]), 35, 1, 'FAIL  0 passed, 2 failed');
judged('could not run', whole_log('COULD NOT RUN', '1..0', 'Bail out! no such word'), 37, 2, 'no such word');
judged('nothing but known deviations', whole_log('PASS', '1..1', 'not ok 1 - a.b # TODO known'), 33, 0, 'PASS');
judged('nothing tested', whole_log('NOTHING TESTED', '1..1', 'ok 1 - a.b # SKIP no unit'), 39, 3,
	'NOTHING TESTED  0 passed');
judged('a list', whole_log('PASS', "a.b\t-\tCaching Mode\ttitle", '1..0'), 33, 0, 'the list of all tests',
	is_listing => 1);
judged('a list that nobody asked for', whole_log('PASS', "a.b\t-\tCaching Mode\ttitle", '1..0'), 33, 4,
	'does not fit');

judged('QEMU ends with 0', $good, 0, 4, 'QEMU ended with status 0');
judged('QEMU ends with another verdict', $good, 35, 4, 'QEMU ended with status 35');
judged('truncated', substr($good, 0, -20), 33, 4, 'no end line');
judged('panic', "TAP version 14\n1..2\nok 1 - a.b\n# panic: page_free twice\n", 41, 4,
	'panic: page_free twice; the last result is: ok 1 - a.b');
judged('a byte is lost', $good =~ s/unit 0/unit0/r, 33, 4, 'bytes were lost');
judged('a byte is changed', $good =~ s/a\.b/a.d/r, 33, 4, 'bytes were lost');
judged('the end line is longer than it may be', $good =~ s/\n\z/0\n/r, 33, 4, 'no end line');
judged('no plan', whole_log('PASS', 'ok 1 - a.b'), 33, 4, 'no plan line');
judged('two plans', whole_log('PASS', '1..1', 'ok 1 - a.b', '1..1'), 33, 4, 'two plan lines');
judged('the plan comes late', whole_log('PASS', 'ok 1 - a.b', '1..1'), 33, 4, 'before the plan');
judged('a result is missing', whole_log('PASS', '1..3', @two[1, 2]), 33, 4, 'result 3 of 3 is missing');
judged('a result came twice', whole_log('PASS', @two, $two[1]), 33, 4, 'result 1 came twice');
judged('a result is beyond the plan', whole_log('PASS', '1..1', @two[1, 2]), 33, 4, 'result 2 is beyond the plan');
judged('a result without number', whole_log('PASS', '1..1', 'ok - a.b'), 33, 4, 'no result line');
judged('PASS with a failure', whole_log('PASS', '1..2', 'ok 1 - a.b', 'not ok 2 - a.c'), 33, 4, 'does not fit');
judged('PASS with skips alone', whole_log('PASS', '1..1', 'ok 1 - a.b # SKIP x'), 33, 4, 'does not fit');
judged('FAIL without a failure', whole_log('FAIL', @two), 35, 4, 'does not fit');
judged('a verdict with wrong counts', whole_log('PASS  2 passed, 0 failed, 0 known deviations, 0 skipped', @two),
	33, 4, 'does not fit');
judged('no verdict', whole_log('', @two), 33, 4, 'does not fit');
judged('a result after the verdict', whole_log('PASS', '1..2', 'ok 1 - a.b',
	'# verdict: PASS  2 passed, 0 failed, 0 known deviations, 0 skipped', 'ok 2 - a.c'), 33, 4, 'after the verdict');
judged('the machine starts twice', "TAP version 14\n1..2\nok 1 - a.b\n" . $good =~ s/.*(?=TAP)//sr, 33, 4,
	'started anew');
judged('two whole runs, though QEMU ends after the first', $good . $good, 33, 4, 'started more than once');

# ---- run.sh around it --------------------------------------------------------------------------

sub with_fake_qemu {
	my ($name, $log, $end, $status, $text) = @_;
	subtest "run.sh: $name" => sub {
		my $run = boot(options => ['--timeout', 2], env => {
			QEMU => "$FindBin::Bin/fake-qemu", FAKE_END => $end,
			FAKE_LOG => scratch_file('sample', $log) });
		ends_with($run, $status, $text);
	};
}

with_fake_qemu('pass', $good, 33, 0, 'PASS  1 passed');
with_fake_qemu('fail', $failing, 35, 1, 'FAIL  0 passed, 1 failed');
with_fake_qemu('QEMU crashes', $good, 'killed', 4, 'QEMU ended with status 137');
with_fake_qemu('QEMU hangs', substr($good, 0, 80), 'hang', 4,
	'time-out after 2 s without a line: no end line; the last result is: ok');
with_fake_qemu('QEMU aborts in a test', substr($good, 0, 80) =~ s/\n[^\n]*\z/\n/r . '#' . mark_of('reg.iqa') . "\n", 'killed', 4,
	'it ended in reg.iqa');
with_fake_qemu('QEMU refuses', '', 1, 2, 'QEMU refused to start');
with_fake_qemu('nothing is written', '', 33, 4, 'the kernel wrote nothing');

# ---- logs that were captured elsewhere ---------------------------------------------------------

sub captured {
	my ($name, $log, $status, $text) = @_;
	my ($verdict, $reason) = judge_log($log);
	is(status_of($verdict), $status, "captured, $name: status $status") or diag($reason);
	ok(index($reason, $text) >= 0, "captured, $name: $text") or diag($reason);
}

my $panicking = "TAP version 14\n# vtdcheck\n1..2\nok 1 - a.b\n\n# panic: oh (in a.c)\n";
captured('a run that fails after one that passes', $good . $failing, 1, 'the last run of the log; before it: PASS');
captured('a run that passes after one that fails', $failing . $good, 0, 'before it: FAIL');
captured('a panic after a run that passes', $good . $panicking, 4, 'panic: oh');
captured('a run that passes after a panic', $panicking . $good, 4, 'started anew in the middle of the run: panic');
captured('three runs', $good . $failing . $good, 0, 'before it: PASS, FAIL');
captured('a run in the middle is not whole', $good . $failing =~ s/differs/differ/r . $good, 4, 'run 2 of 3');
captured('a second run that lost its start', $good . $failing =~ s/^.*(?=1\.\.1\n)//sr, 4, 'after the end line');
captured('a first run that lost its start', $failing =~ s/^.*(?=1\.\.1\n)//sr . $good, 4, 'before the start of a run');
captured('a reset in the middle of a line', substr($good, 0, 70) . $good =~ s/.*(?=TAP)//sr, 4, 'started anew');
captured('what firmware writes afterwards is not ours', "$good\e[2J\e[1;1HBdsDxe: loading\r\n", 0, 'PASS');
captured('nothing but firmware', "BdsDxe: loading Boot0001\r\n", 4,
	'the kernel wrote nothing (is this a log of vtdcheck?)');
captured('escape sequences right before the marker', $good =~ s/(?=TAP)/\e[=3h\e[0;37;40m\e[2J\0/r, 0, 'PASS');
captured('lines end in CR LF', $good =~ s/\n/\r\n/gr, 0, 'PASS');
captured('lines end in CR CR LF', $good =~ s/\n/\r\r\n/gr, 0, 'PASS');
captured('the last line does not end', substr($good, 0, -1), 0, 'PASS');

# Which test it was that a machine did not come back from: not the one that was told last.
my @ids = Mark::ids();
my %ids_of;
push @{ $ids_of{mark_of($_)} }, $_ for @ids;
ok(@ids > 500, scalar(@ids) . ' tests have a mark');
is(join(', ', map { "@$_" } grep { @$_ > 1 } values %ids_of), '', 'and each its own');
my @marked = map { '#' . mark_of($_) } 'dmar.length', 'reg.iqa', 'no.such-test';
captured('marks of tests', whole_log('PASS', '1..2', $marked[0], 'ok 1 - a.b', $marked[1], 'ok 2 - a.c'), 0, 'PASS  2');
sub cut_after { my (@lines) = @_; return whole_log('PASS', @lines) =~ s/(?<=^$lines[-1]\n).*//msr }
captured('the machine ends in a test', cut_after('1..2', $marked[0], 'ok 1 - a.b', $marked[1]), 4,
	'no end line; it ended in reg.iqa; the last result is: ok 1 - a.b');
captured('it ends in the first', cut_after('1..2', $marked[0]), 4, 'no end line; it ended in dmar.length');
captured('it ends between two', cut_after('1..2', $marked[0], 'ok 1 - a.b'), 4, 'no end line; the last result is: ok 1');
captured('it ends in one that is not here', cut_after('1..2', $marked[2]), 4, 'a test that docs/TESTS.md does not have');
captured('it starts anew in a test', cut_after('1..2', $marked[0]) . $good, 4, 'it ended in dmar.length');

# A run that has the machine reset: what firmware writes meanwhile is no part of it.
my ($away, $back) = ('# reset: the machine starts again', '# reset: the machine is back');
my $through_reset = whole_log('PASS', '1..2', 'ok 1 - a.b', $away, $back, 'ok 2 - c.d');
captured('a reset in the run', $through_reset, 0, 'PASS  2 passed');
captured('a reset, and what firmware writes', $through_reset =~ s/(?=$back)/\e[2JBdsDxe: loading\r\n\n/r, 0, 'PASS  2 passed');
captured('a reset, and lines of a run meanwhile', $through_reset =~ s/(?=$back)/ok 2 - c.d\n/r, 4,
	'stands in the middle of the reset');
captured('a result is lost after a reset', $through_reset =~ s/^ok 2.*\n//mr, 4, 'bytes were lost');
captured('no way back from a reset', $through_reset =~ s/^$back.*//msr, 4, 'the machine did not come back from its reset');
captured('a reset, and the machine begins anew', $through_reset =~ s/^$back.*/$good/msr, 4,
	'started anew in the middle of the run: the machine did not come back');

# Stamps as terminals and tools put them before a line; {} is what grows from line to line.
my %stamps = (
	'[12:00:01.123] ' => sub { sprintf '[12:%02d:%02d.%03d] ', $_[0] / 60, $_[0] % 60, $_[0] * 7 },
	'[12:00:01] ' => sub { sprintf '[12:%02d:%02d] ', $_[0] / 60, $_[0] % 60 },
	'[   12.345678] ' => sub { sprintf '[%12.6f] ', $_[0] * 3.3 },
	'[12.345678 0.000123] ' => sub { sprintf '[%4.6f %2.6f] ', $_[0] * 3.3, 0.000123 * $_[0] },
	'2026-11-25T12:00:00.123Z ' => sub { sprintf '2026-11-25T12:00:%02d.%03dZ ', $_[0] % 60, $_[0] },
	'2026-11-25T12:00:00+01:00 ' => sub { sprintf '2026-11-25T12:00:%02d+01:00 ', $_[0] % 60 },
	'[2026-11-25 12:00:00.123] ' => sub { sprintf '[2026-11-25 12:00:%02d.%03d] ', $_[0] % 60, $_[0] },
	'Nov 25 12:00:00 ' => sub { sprintf '%s %2d 12:00:%02d ', $_[0] > 4 ? ('Dec', 1) : ('Nov', 30), $_[0] % 60 },
	'[Wed Nov 25 12:00:00 2026] ' => sub { sprintf '[Wed Nov 25 12:00:%02d 2026] ', $_[0] % 60 },
	'1764072000.123456 ' => sub { sprintf '%.6f ', 1764072000.5 + $_[0] },
	'tabulator' => sub { sprintf "12:00:%02d\t", $_[0] % 60 },
);

sub stamped {
	my ($log, $stamp) = @_;
	my $n = 0;
	return $log =~ s/^/$stamp->($n++)/gemr;
}

for (sort keys %stamps) {
	captured("stamps $_", stamped($good, $stamps{$_}), 0, 'PASS  1 passed');
	captured("stamps $_ and CR LF", stamped($failing, $stamps{$_}) =~ s/\n/\r\n/gr, 1, 'FAIL');
	captured("stamps $_, a byte changed", stamped($good, $stamps{$_}) =~ s/a\.c/a.d/r, 4, 'bytes were lost');
	captured("stamps $_, a line lost", stamped($good =~ s/^ok 1.*\n//mr, $stamps{$_}), 4, 'bytes were lost');
	captured("stamps $_, a second run", stamped($good . $failing, $stamps{$_}), 1, 'FAIL');
	captured("stamps $_, a second start", stamped($good . $panicking, $stamps{$_}), 4, 'panic');
}
captured('not all lines have a stamp', $good =~ s/^(?=# vtdcheck)/[12:00:00] /mr, 4, 'bytes were lost');

subtest 'run.sh judge' => sub {
	my $log = scratch_file('captured', $good =~ s/\n/\r\n/gr);
	my $text = qx(./run.sh judge $log 2>&1);
	is($? >> 8, 0, 'exit status');
	like($text, qr/PASS  1 passed/, 'lines may end in CR LF');
	like(scalar qx(./run.sh judge LICENSE 2>&1), qr/is this a log of vtdcheck\?/, 'another file is guessed to be one');
	is($? >> 8, 4, 'and is a crash all the same');
	like(scalar qx(./run.sh judge docs 2>&1), qr/cannot read the log docs/, 'a folder is none');
	is($? >> 8, 2, 'and is named');
	qx(./run.sh judge $log.missing 2>&1);
	is($? >> 8, 2, 'no such file');
	like(scalar qx(tests/judge/show < $log), qr/\ATAP version 14\n# vtdcheck\n/, 'what firmware wrote is not shown');
	my $with_marks = scratch_file('marked', whole_log('PASS', '1..1', $marked[0], 'ok 1 - a.b'));
	like(scalar qx(tests/judge/show < $with_marks), qr/\n1\.\.1\nok 1 - a\.b\n/, 'nor is which test comes next');
};

# ---- damage of every kind ----------------------------------------------------------------------

my $big = kernel_text('FAIL', '# memory 253 MiB', '1..9', 'ok 1 - a.b', 'ok 2 - a.c [unit 0]',
	'not ok 3 - b.d [unit 0] # TODO known of some', '  ---', '  differs:  "x for y"', '  ...',
	'not ok 4 - b.e [unit 1]', '  ---', '  differs:  "z"', '  ...',
	map({ "ok $_ - c.n$_ [unit 0]" } 5 .. 8), 'ok 9 - d.f # SKIP no unit');
my $passing = kernel_text('PASS', '# memory 253 MiB', '1..9', map { "ok $_ - c.n$_ [unit 0]" } 1 .. 9);
my @noise = ("\e[2J", "BdsDxe: loading Boot0001\r\n", "\0\0\0", "random: crng init done\n", "login: ", '[12:00:01] ',
	"\xff\xfe", "7", "7 ");

sub any { my (@of) = @_; return $of[rand @of] }

sub lines_of { return split /(?<=\n)/, $_[0] }

# Each returns a damaged log; the first argument is a good one.
my %damage = (
	'a line is lost' => sub { my @l = lines_of($_[0]); splice @l, rand @l, 1; return join '', @l },
	'lines are lost' => sub { my @l = lines_of($_[0]); my $at = rand @l; splice @l, $at, 1 + rand(@l - $at); join '', @l },
	'a line is doubled' => sub { my @l = lines_of($_[0]); my $n = int rand @l; splice @l, $n, 0, $l[$n]; join '', @l },
	'a line moves' => sub { my @l = lines_of($_[0]); my ($line) = splice @l, rand @l, 1; splice @l, rand(@l + 1), 0, $line; join '', @l },
	'two lines change places' => sub { my @l = lines_of($_[0]); my ($i, $k) = (rand @l, rand @l); @l[$i, $k] = @l[$k, $i]; join '', @l },
	'a byte is altered' => sub { my $t = $_[0]; substr($t, rand length $t, 1) = chr(32 + rand 95); $t },
	'a bit is flipped' => sub { my $t = $_[0]; vec($t, rand 8 * length $t, 1) ^= 1; $t },
	'bytes are lost' => sub { my $t = $_[0]; substr($t, rand length $t, 1 + rand 40) = ''; $t },
	'it is cut' => sub { substr($_[0], 0, rand length $_[0]) },
	'its start is lost' => sub { substr($_[0], 1 + rand(length($_[0]) - 1)) },
	'a NUL comes between' => sub { my $t = $_[0]; substr($t, rand length $t, 0) = "\0"; $t },
	'somebody else writes' => sub { my $t = $_[0]; substr($t, rand length $t, 0) = any(@noise); $t },
	'a result is turned' => sub { my @l = lines_of($_[0]); my $l = \any_result(\@l); $$l =~ s/^not ok/ok/ || $$l =~ s/^ok/not ok/; join '', @l },
	'it is spliced with another' => sub { substr($_[0], 0, rand length $_[0]) . substr($big, rand length $big) },
	'a failing run follows' => sub { $_[0] . any('', @noise) . $big },
	'a run follows that is cut' => sub { my $t = any($big, $passing); $_[0] . any('', @noise) . substr($t, 0, 1 + rand(length($t) - 2)) },
	'a run follows that lost its start' => sub { my $t = any($big, $passing); $_[0] . substr($t, 1 + rand length $t) },
	'a run follows that panics' => sub { $_[0] . any('', @noise) . $panicking },
	'a run follows that tests nothing' => sub { $_[0] . kernel_text('NOTHING TESTED', '1..1', 'ok 1 - a.b # SKIP x') },
	'a run follows that could not run' => sub { $_[0] . kernel_text('COULD NOT RUN', '1..0', 'Bail out! x') },
	'a run precedes that is cut' => sub { my $t = any($big, $passing); substr($t, 0, 20 + rand(length($t) - 30)) . any('', "\n", @noise) . $_[0] },
	'a run precedes that panics' => sub { $panicking . any('', @noise) . $_[0] },
);

sub any_result { my ($lines) = @_; my @at = grep { $lines->[$_] =~ /^(not )?ok/ } 0 .. $#$lines; return $lines->[any(@at)] }

# Said without the judge's help: may this text be judged PASS? Only if it ends in the passing run, untouched, or
# is it with what firmware writes around it.
sub may_pass {
	my ($text) = @_;
	my $at = rindex($text, substr($passing, 0, -1));
	return 0 if $at < 0;
	my $before = substr($text, 0, $at);
	my $after = substr($text, $at + length($passing) - 1);
	my $is_ours = qr/TAP version 14|^(not )?ok \d|^# |^1\.\.\d|crc32/m;
	return $after =~ /^(?:\n|\z)/ && $after !~ $is_ours && $after !~ /T[AP]*[ versionVERSION14]*\z/
		&& $before !~ $is_ours;
}

# Damage in a log without stamps, and then with stamps of every form.
my $tries = 0;
my @ways = (undef, map { $stamps{$_} } sort keys %stamps);
for my $kind (sort keys %damage) {
	my @believed;
	for my $seed (1 .. 40) {
		srand($seed);
		my $text = $damage{$kind}->($passing);
		next if $text eq $passing;
		my $stamp = $ways[$seed % @ways];
		my ($verdict, $reason) = judge_log($stamp ? stamped($text, $stamp) : $text);
		push @believed, "seed $seed: $reason\n$text" if $verdict eq 'PASS' && !may_pass($text);
		$tries++;
	}
	ok(!@believed, "damaged, $kind: never judged PASS") or diag(@believed);
}
ok($tries >= 300, "$tries damaged logs, 300 are due");

for my $seed (1 .. 40) {
	srand($seed);
	my $text = join('', map { any(@noise[0 .. 4]) } 1 .. 3) . $passing . join '', map { any(@noise[0, 1, 3, 4]) } 1 .. 3;
	my ($verdict, $reason) = judge_log($text);
	is($verdict, 'PASS', "noise around a run, seed $seed: $verdict") or diag($reason, $text);
}

my @cuts = grep { (judge_log(substr($passing, 0, $_)))[0] eq 'PASS' } 0 .. length($passing) - 2;
is("@cuts", '', 'cut anywhere but before its last newline: never judged PASS');
@cuts = grep { (judge_log($passing . substr($big, 0, $_)))[0] eq 'PASS' } 1 .. length($big);
is("@cuts", '', 'a failing run follows, cut anywhere: never judged PASS');

# ---- the numbers, stated once ------------------------------------------------------------------

subtest 'exit statuses' => sub {
	my %seen = map { status_of($_) => qemu_status_of($_) } exit_names();
	is_deeply(\%seen, { map { $_ => 33 + 2 * $_ } 0 .. 4 }, 'five, each with its own status of QEMU');
	my $help = qx(./run.sh --help);
	open my $file, '<', 'README.md' or die "README.md: $!";
	my $readme = do { local $/; <$file> };
	for (exit_names()) {
		my ($status, $word) = (status_of($_), lc((split / /, words_of($_))[0]));
		like($help, qr/exit status:.*\b$status $word/, "run.sh --help: $status is $word");
		like($readme, qr/^\| $status \| $word/m, "README.md: $status is $word");
	}
};

done_testing();
