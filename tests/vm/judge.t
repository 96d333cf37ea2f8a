#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# run.sh believes a log only if it is whole and agrees with the way in which QEMU ended.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Compress::Zlib qw(crc32);
use VM;

# A log with true counts and a correct end line; the firmware's noise before it does not count.
sub whole_log {
	my ($verdict, @lines) = @_;
	my @known = grep { /^not ok .*# TODO/ } @lines;
	my @skipped = grep { /# SKIP/ } @lines;
	my @failed = grep { /^not ok/ && !/# TODO/ } @lines;
	my @passed = grep { /^ok/ && !/# SKIP/ } @lines;
	$verdict .= sprintf('  %d passed, %d failed, %d known deviations, %d skipped',
		scalar @passed, scalar @failed, scalar @known, scalar @skipped) if $verdict =~ /^[A-Z ]+$/;
	my $text = join '', map { "$_\n" } 'TAP version 14', '# vtdcheck', @lines, "# verdict: $verdict";
	return "\e[2Jfirmware\r\n\e[0m" . $text . sprintf("# end crc32 %08x\n", crc32($text));
}

my @two = ('1..2', 'ok 1 - a.b [unit 0]', 'ok 2 - a.c [unit 0] # SKIP unit 0 lacks ECAP.SMTS (bit 43)');
my $good = whole_log('PASS', @two);

sub judge {
	my ($name, $log, $end, $status, $text) = @_;
	subtest $name => sub {
		my $run = boot(options => ['--timeout', 2], env => {
			QEMU => "$FindBin::Bin/fake-qemu", FAKE_END => $end,
			FAKE_LOG => scratch_file('sample', $log) });
		ends_with($run, $status, $text);
	};
}

judge('pass', $good, 33, 0, 'PASS  1 passed');
judge('fail', whole_log('FAIL', '1..1', 'not ok 1 - a.b'), 35, 1, 'FAIL  0 passed, 1 failed');
judge('a known deviation is no failure',
	whole_log('PASS', '1..2', 'ok 1 - a.b', 'not ok 2 - a.c # TODO known'), 33, 0, 'PASS');
judge('could not run', whole_log('COULD NOT RUN', '1..0', 'Bail out! no such word'), 37, 2, 'no such word');
judge('nothing but known deviations', whole_log('PASS', '1..1', 'not ok 1 - a.b # TODO known'),
	33, 0, 'PASS');
judge('nothing tested', whole_log('NOTHING TESTED', '1..1', 'ok 1 - a.b # SKIP no unit'),
	39, 3, 'NOTHING TESTED  0 passed');

judge('QEMU ends with 0', $good, 0, 4, 'QEMU ended with status 0');
judge('QEMU ends with another verdict', $good, 35, 4, 'QEMU ended with status 35');
judge('QEMU crashes', $good, 'killed', 4, 'QEMU ended with status 137');
judge('QEMU hangs', substr($good, 0, 80), 'hang', 4, 'time-out after 2 s: no end line; the last result is: ok');
judge('QEMU refuses', '', 1, 2, 'QEMU refused to start');
judge('nothing is written', '', 33, 4, 'the kernel wrote nothing');
judge('truncated', substr($good, 0, -20), 33, 4, 'no end line');
judge('panic', "TAP version 14\n1..2\nok 1 - a.b\n# panic: page_free twice\n", 41, 4, 'panic: page_free twice; the last result is: ok 1 - a.b');
judge('a byte is lost', $good =~ s/unit 0/unit0/r, 33, 4, 'bytes were lost');
judge('a byte is changed', $good =~ s/a\.b/a.d/r, 33, 4, 'bytes were lost');
judge('no plan', whole_log('PASS', 'ok 1 - a.b'), 33, 4, 'no plan line');
judge('two plans', whole_log('PASS', '1..1', 'ok 1 - a.b', '1..1'), 33, 4, 'two plan lines');
judge('a result is missing', whole_log('PASS', '1..3', @two[1, 2]), 33, 4, 'result 3 of 3 is missing');
judge('a result came twice', whole_log('PASS', @two, $two[1]), 33, 4, 'result 1 came twice');
judge('a result is beyond the plan', whole_log('PASS', '1..1', @two[1, 2]), 33, 4, 'result 2 is beyond the plan');
judge('PASS with a failure', whole_log('PASS', '1..2', 'ok 1 - a.b', 'not ok 2 - a.c'), 33, 4, 'does not fit');
judge('PASS with skips alone', whole_log('PASS', '1..1', 'ok 1 - a.b # SKIP x'), 33, 4, 'does not fit');
judge('FAIL without a failure', whole_log('FAIL', @two), 35, 4, 'does not fit');
judge('a verdict with wrong counts', whole_log('PASS  2 passed, 0 failed, 0 known deviations, 0 skipped', @two),
	33, 4, 'does not fit');
judge('no verdict', whole_log('', @two), 33, 4, 'does not fit');
judge('the machine starts twice', "TAP version 14\n1..2\nok 1 - a.b\n" . $good =~ s/.*(?=TAP)//sr, 33, 4, 'started anew');

subtest 'a log that was captured elsewhere' => sub {
	my $log = scratch_file('captured', $good =~ s/\n/\r\n/gr);
	my $text = qx(./run.sh judge $log 2>&1);
	is($? >> 8, 0, 'exit status');
	like($text, qr/PASS  1 passed/, 'lines may end in CR LF');
	qx(./run.sh judge $log.missing 2>&1);
	is($? >> 8, 2, 'no such file');
};

done_testing();
