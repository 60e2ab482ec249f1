DROP INDEX revocations_standing;
