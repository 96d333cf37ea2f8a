#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# Logs and QEMUs side by side: worse, better, in one alone, and the exit status.
use strict;
use warnings;
use FindBin;
use lib ($FindBin::Bin, "$FindBin::Bin/../judge");
use VM;
use Log;

# A whole log of these results: lines without a number, "ok a.b [unit 0]".
sub log_of {
	my ($name, @results) = @_;
	my ($n, %count) = (0);
	my $text = "TAP version 14\n# vtdcheck\n1.." . @results . "\n";
	for (@results) {
		my ($is_bad, $rest) = /^(not )?ok (.*)/;
		$text .= ($is_bad // '') . 'ok ' . ++$n . " - $rest\n";
		$count{/# SKIP/ ? 'skipped' : !$is_bad ? 'passed' : /# TODO/ ? 'known' : 'failed'}++;
	}
	my @counts = map { $count{$_} // 0 } qw(passed failed known skipped);
	$text .= sprintf "# verdict: %s  %d passed, %d failed, %d known deviations, %d skipped\n",
		($count{failed} ? 'FAIL' : 'PASS'), @counts;
	return scratch_file($name, $text . sprintf("# end crc32 %08x\n", crc32($text)));
}

sub compared {
	my ($name, $status, $rows, @logs) = @_;
	subtest $name => sub {
		my $text = qx(./run.sh compare @logs 2>&1);
		is($? >> 8, $status, "status $status") or diag($text);
		is(join('', map { "$_\n" } grep { /^[a-z]+\./ || /\d worse/ } map { s/ +/ /gr } split /\n/, $text), $rows,
			'the rows') or diag($text);
		unlike($text, qr/.{81}/, 'fits 80 columns');
	};
}

my @all = ('ok a.same [unit 0]', 'not ok a.known [unit 0] # TODO known of x', 'ok a.skip [unit 0] # SKIP no');
my $good = log_of('good', 'ok a.b [unit 0]', 'ok a.b [unit 1]', @all);
my $known = log_of('known', 'not ok a.b [unit 0] # TODO known of x', 'ok a.b [unit 1]', @all);
my $bad = log_of('bad', 'not ok a.b [unit 0]', 'ok a.b [unit 1] # SKIP no', @all);
my $new = log_of('new', 'ok a.b [unit 0]', 'ok a.b [unit 1]', @all, 'ok a.new', 'not ok a.other');

compared('the same', 0, "0 worse, 0 better, 0 in one alone, 0 between\n", $good, $good);
compared('worse', 1, <<'END', $good, $bad);
a.b ok FAIL worse
a.b [1] ok skip only in A
1 worse, 0 better, 1 in one alone, 0 between
END
compared('a deviation, though it is known', 1, <<'END', $good, $known);
a.b ok known worse
1 worse, 0 better, 0 in one alone, 0 between
END
compared('better', 0, <<'END', $bad, $known);
a.b FAIL known better
a.b [1] skip ok only in B
0 worse, 1 better, 1 in one alone, 0 between
END
compared('new tests: one that fails is worse', 1, <<'END', $good, $new);
a.new - ok only in B
a.other - FAIL worse
1 worse, 0 better, 1 in one alone, 0 between
END
compared('three: from the first to the last', 0, <<'END', $good, $bad, $good);
a.b ok FAIL ok
a.b [1] ok skip ok
0 worse, 0 better, 0 in one alone, 2 between
END
compared('six: letters', 0, <<'END', $bad, ($good) x 5);
a.b F o o o o o better
a.b [1] s o o o o o only in F
0 worse, 1 better, 1 in one alone, 0 between
END

subtest 'the head tells whose columns they are' => sub {
	like(scalar qx(./run.sh compare $good $bad 2>&1), qr/^A  \Q$good\E\n   PASS  3 passed, .*\nB  \Q$bad\E\n   FAIL/, 'names');
};

# A log whose end is missing.
my $cut = scratch_file('cut', do { local (@ARGV, $/) = $good; <> } =~ s/ok 4 .*//sr);
my $cut_rows = join '', map { "a.$_ only in A\n" } 'same ok -', 'known known -';
compared('the last one crashed', 1, $cut_rows . "a.skip skip -\n0 worse, 0 better, 2 in one alone, 1 between; not whole: B\n",
	$good, scratch_file('cut', do { local (@ARGV, $/) = $good; <> } =~ s/ok 3 .*//sr));
compared('the first one crashed', 2, "0 worse, 0 better, 0 in one alone, 0 between; not whole: A B\n", $cut, $cut);

sub refused {
	my ($text, @arguments) = @_;
	my $said = qx(./run.sh compare @arguments 2>&1);
	is($? >> 8, 2, "compare @arguments: status 2");
	like($said, qr/\Q$text\E/, "is told: $text");
	unlike($said, qr/\n./, 'in one line');
}
refused('compare: between 2 and 12 logs or QEMUs, and here are 0');
refused('compare: between 2 and 12 logs or QEMUs, and here are 1', $good);
refused('compare: LICENSE is no log and no QEMU; at hand: ', 'LICENSE', $good);
refused('compare: 99.9 is no log and no QEMU; at hand: ', '99.9', $good);

subtest 'QEMUs by version and by command' => sub {
	my @qemus = qemus();
	my ($first, $last) = @qemus[0, -1];
	my $text = qx(./run.sh --unit legacy compare $first->{command} $last->{version} tests=queue.* 2>&1);
	like($text, qr/^A  QEMU \Q$first->{version}\E, $first->{name}$/m, 'the first') or diag($text);
	like($text, qr/\d worse, \d+ better/, 'is compared');
	is($? >> 8, 0, 'nothing is worse in the newest') or diag($text);
	like($text, qr/^queue\.wait-fence +known +ok +better$/m, 'QEMU repaired one') if $first->{version} =~ /^7\.2/ && @qemus > 1;
};

done_testing();
