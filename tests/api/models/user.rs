mod email_key;
