# SPDX-License-Identifier: MIT
# A log as the XML that Jenkins and GitLab read. A known deviation is a skipped test with its reason, and a run
# that came to no verdict has a test of its own that is an error: no reader takes it for a success.
package JUnit;
use strict;
use warnings;
use Exporter 'import';
use Log;

our @EXPORT = qw(junit_of);

# Text as XML 1.0 may hold it: what is no printable ASCII character is told by its number.
sub escaped {
	my ($text) = @_;
	my %name = ('&' => '&amp;', '<' => '&lt;', '>' => '&gt;', '"' => '&quot;', "\n" => "\n");
	return $text =~ s/([^ -~]|[&<>"])/$name{$1} \/\/ sprintf '\x%02x', ord $1/ger;
}

# Results of the last run in their order: id, where, is_bad, directive, reason, and the lines below each.
sub results_of {
	my ($bytes) = @_;
	my ($run) = reverse @{ read_log($bytes)->{runs} };
	my @results;
	for (@{ $run ? $run->{lines} : [] }) {
		if (/^(not )?ok \d+ - (\S+)( \[[^\]]*\])?(?: # (SKIP|TODO|ERROR) (.*))?$/) {
			push @results, { is_bad => !!$1, id => $2, where => $3 // '', directive => $4 // '',
				reason => $5 // '', lines => [] };
		} elsif (@results && /^  /) {
			push @{ $results[-1]{lines} }, $_;
		}
	}
	return @results;
}

# What became of a result: the element of JUnit, undef if it went well, and its message.
sub element_of {
	my ($result) = @_;
	my ($differs) = map { /^  differs: +"(.*)"/ ? $1 : () } @{ $result->{lines} };
	return ('skipped', $result->{reason}) if $result->{directive} eq 'SKIP';
	return undef if !$result->{is_bad};
	return ('skipped', "known: $result->{reason}") if $result->{directive} eq 'TODO';
	return ($result->{directive} eq 'ERROR' ? 'error' : 'failure', $differs // '');
}

# One test, and a count for what became of it.
sub testcase {
	my ($class, $name, $element, $message, @lines) = @_;
	my $start = sprintf '  <testcase classname="%s" name="%s"', escaped($class), escaped($name);
	return "$start/>\n" if !defined $element;
	$message = escaped($message);
	my $text = @lines ? '>' . escaped(join "\n", '', @lines) . "\n    </$element>" : '/>';
	return "$start>\n    <$element message=\"$message\"$text\n  </testcase>\n";
}

# The whole document for a log, on which the judge has said this.
sub junit_of {
	my ($bytes, $verdict, $reason) = @_;
	my (%count, @cases);
	my $add = sub {
		my (undef, undef, $element) = @_;
		$count{$element}++ if defined $element;
		push @cases, testcase(@_);
	};
	for my $result (results_of($bytes)) {
		my ($area) = split /\./, $result->{id};
		my ($element, $message) = element_of($result);
		$add->("vtdcheck.$area", $result->{id} . $result->{where}, $element, $message,
			$result->{is_bad} ? @{ $result->{lines} } : ());
	}
	$add->('vtdcheck', 'the run as a whole', 'error', $reason) if $verdict !~ /^(?:PASS|FAIL)$/;
	my $counts = sprintf 'tests="%d" failures="%d" errors="%d" skipped="%d"', scalar @cases,
		map { $count{$_} // 0 } qw(failure error skipped);
	return qq(<?xml version="1.0" encoding="UTF-8"?>\n<testsuites $counts>\n<testsuite name="vtdcheck" $counts>\n)
		. join('', @cases) . "</testsuite>\n</testsuites>\n";
}

1;
