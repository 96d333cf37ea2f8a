# SPDX-License-Identifier: MIT
# What a log says, if it can be believed: it must be whole, agree with itself, and agree with the way in which
# QEMU ended. Anything else is a crash. Each verdict is a name of arch/exit.def and the reason in words.
package Judge;
use strict;
use warnings;
use Exporter 'import';
use Exit;
use Log;
use Mark;

our @EXPORT = qw(judge_log judge_run in_a_line);

# A verdict and its reason as the user reads them.
sub in_a_line {
	my ($name, $reason) = @_;
	return ($name eq 'CRASH' ? words_of($name) . '  ' : '') . $reason =~ s/[^ -~]/?/gr;
}

sub crash { return ('CRASH', $_[0]) }

# What the lines of a run say, gathered: plan, seen{number}, count{kind}, verdicts, bail_out, wrong (the first
# thing that cannot be).
sub gather {
	my ($run) = @_;
	my %all = (plans => 0, seen => {}, count => {}, verdict => undef, last => '');
	my $wrong = sub { $all{wrong} //= $_[0] };
	for (@{ $run->{lines} }) {
		$wrong->("\"$_\" stands after the verdict") if defined $all{verdict};
		if (/^# panic: /) {
			$all{panic} //= substr($_, 2);
		} elsif ($_ =~ MARK_LINE) {
			$all{running} = $1;
		} elsif (/^1\.\.(\d+)$/) {
			$wrong->('two plan lines') if $all{plans}++;
			$all{plan} = $1;
		} elsif (/^(?:not )?ok\b/) {
			take_result(\%all, $wrong, $_);
		} elsif (/^Bail out! (.*)/) {
			$all{bail_out} = $1;
		} elsif (/^# verdict: (.*)/) {
			$all{verdict} = $1;
		}
	}
	return \%all;
}

# A result line: ok or not, its number, what became of it.
sub take_result {
	my ($all, $wrong, $line) = @_;
	$line =~ /^(not )?ok (\d+) - \S+(?: \[[^\]]*\])?(?: # (SKIP|TODO|ERROR) (.*))?$/
		or return $wrong->("\"$line\" is no result line");
	my ($is_bad, $number, $directive, $reason) = ($1, $2, $3 // '', $4 // '');
	$wrong->("result $number stands before the plan") if !$all->{plans};
	$wrong->("result $number came twice") if $all->{seen}{$number}++;
	$all->{last} = $line;
	$all->{running} = undef;
	$all->{count}{ailing}++ if $directive eq 'SKIP' && $reason =~ /^\S+ tells: unit \d+ is no use, /;
	$all->{count}{cured}++ if !$is_bad && $directive eq 'TODO';
	$wrong->("\"$line\" is an error that passed") if !$is_bad && $directive eq 'ERROR';
	$all->{count}{errors}++ if $directive eq 'ERROR';
	$all->{count}{ $directive eq 'SKIP' ? 'skipped' : !$is_bad ? 'passed' : $directive eq 'TODO' ? 'known' : 'failed' }++;
}

# "3 passed, ...": what the verdict line must say of these results.
sub counts_in_words {
	my ($count) = @_;
	my $words = sprintf '%d passed, %d failed, %d known deviations, %d skipped',
		map { $count->{$_} // 0 } qw(passed failed known skipped);
	$words .= ", $count->{cured} of the passed cured" if $count->{cured};
	$words .= ", $count->{errors} of the failed errors of our own" if $count->{errors};
	$words .= ", $count->{ailing} of the skipped because a unit is ill" if $count->{ailing};
	return $words;
}

# The name of the verdict that goes with these results.
sub verdict_of_results {
	my ($all, $is_listing) = @_;
	my $count = $all->{count};
	return 'COULD_NOT_RUN' if defined $all->{bail_out};
	return 'PASS' if $is_listing && !$all->{plan};
	return 'FAIL' if ($count->{failed} // 0) > ($count->{errors} // 0);
	return 'COULD_NOT_RUN' if $count->{errors};
	return $count->{passed} || $count->{known} ? 'PASS' : 'NOTHING_TESTED';
}

# Do the lines stand where they belong, and does every number of the plan come once? Undef, or what is wrong.
sub problem_within {
	my ($all) = @_;
	return 'no plan line' if !$all->{plans};
	return $all->{wrong} if defined $all->{wrong};
	return undef if defined $all->{bail_out};
	for (1 .. $all->{plan}) {
		return "result $_ of $all->{plan} is missing" if !$all->{seen}{$_};
	}
	my ($beyond) = grep { $_ < 1 || $_ > $all->{plan} } sort { $a <=> $b } keys %{ $all->{seen} };
	return defined $beyond ? "result $beyond is beyond the plan 1..$all->{plan}" : undef;
}

# Does the verdict line say what the results say? Returns the verdict.
sub verdict_of {
	my ($all, $is_listing) = @_;
	my $line = $all->{verdict} // '';
	my ($words, $counts) = $line =~ /^([A-Z ]+)  (\d.*)$/;
	my $counted = counts_in_words($all->{count});
	return crash("the verdict \"$line\" does not fit $counted") if ($counts // '') ne $counted;
	my $name = verdict_of_results($all, $is_listing);
	return crash("the verdict \"$line\" does not fit the results") if $words ne words_of($name);
	return ($name, "$words $all->{bail_out}") if defined $all->{bail_out};
	return ($name, $is_listing && !$all->{plan} ? 'the list of all tests' : $line);
}

# One run of a log.
sub judge_one {
	my ($run, $is_listing) = @_;
	my $all = gather($run);
	my $after = defined $all->{running} ? '; it ended in ' . test_of($all->{running}) : '';
	$after .= "; the last result is: $all->{last}" if $all->{last} ne '';
	return crash($all->{panic} . $after) if defined $all->{panic};
	return crash("\"$run->{stray_away}\" stands in the middle of the reset") if defined $run->{stray_away};
	return crash("the machine did not come back from its reset$after") if $run->{is_away};
	return crash("no end line$after") if !defined $run->{crc};
	my $crc = crc32($run->{text});
	return crash(sprintf 'bytes were lost or changed: CRC %08x, the end line says %08x', $crc, $run->{crc})
		if $crc != $run->{crc};
	my $problem = problem_within($all);
	return defined $problem ? crash($problem) : verdict_of($all, $is_listing);
}

# What is wrong with the runs before the last one, or with what stands between runs; undef if nothing is. A crash
# must not hide behind a run that went well, and no line of a run may stand outside of all of them.
sub problem_around {
	my ($log, @verdicts) = @_;
	my @runs = @{ $log->{runs} };
	return "\"$log->{stray}\" stands before the start of a run" if defined $log->{stray};
	for my $n (0 .. $#runs) {
		my $where = @runs == 1 ? '' : sprintf 'run %d of %d (line %d): ', $n + 1, scalar @runs,
			$runs[$n]{line_number};
		my ($name, $reason) = @{ $verdicts[$n] };
		return "${where}the machine started anew in the middle of the run: $reason"
			if $n < $#runs && $name eq 'CRASH';
		return "$where\"$runs[$n]{stray}\" stands after the end line" if defined $runs[$n]{stray};
	}
	return undef;
}

# Does any run have a result or an end? Where none has, it may be another file.
sub is_like_a_log { return grep { defined $_->{crc} || grep { /^(?:not )?ok \d/ } @{ $_->{lines} } } @{ $_[0]{runs} } }

# The verdict of a log: that of its last run, if the others came to their end.
sub judge_log {
	my ($bytes, %end) = @_;
	my $log = read_log($bytes);
	my ($name, $reason) = judge_runs($log, %end);
	$reason .= ' (is this a log of vtdcheck?)' if !defined $end{ended} && $name eq 'CRASH' && !is_like_a_log($log);
	return ($name, $reason);
}

sub judge_runs {
	my ($log, %end) = @_;
	my @verdicts = map { [judge_one($_, $end{is_listing})] } @{ $log->{runs} };
	my $problem = problem_around($log, @verdicts);
	return crash($problem) if defined $problem;
	return crash('the kernel wrote nothing') if !@verdicts;
	my ($name, $reason) = @{ pop @verdicts };
	return ($name, $reason) if !@verdicts;
	my $before = join ', ', map { words_of($_->[0]) } @verdicts;
	return crash("the machine started more than once; the runs end with $before, " . words_of($name))
		if defined $end{ended};
	return ($name, "$reason (the last run of the log; before it: $before)");
}

# The verdict of a run in QEMU, which ended with the status `ended`. It was stopped if `timed_out` (the limit in
# words), `too_long` (so is the log) or `log_error` (why it could not be written) is there.
sub judge_run {
	my ($bytes, %end) = @_;
	my $ended = $end{ended};
	return ('COULD_NOT_RUN', "cannot write the log: $end{log_error}") if defined $end{log_error};
	return crash("the log grew beyond $end{too_long}: the guest does not stop writing") if defined $end{too_long};
	my ($name, $reason) = judge_log($bytes, %end);
	return ($name, $reason) if $ended == qemu_status_of($name);
	return crash("time-out after $end{timed_out}: $reason") if defined $end{timed_out};
	return ('COULD_NOT_RUN', 'QEMU refused to start') if $ended == 1 && $bytes eq '';
	return crash("$reason (QEMU ended with status $ended)") if $name eq 'CRASH';
	return crash("the log says \"$reason\", but QEMU ended with status $ended");
}

1;
