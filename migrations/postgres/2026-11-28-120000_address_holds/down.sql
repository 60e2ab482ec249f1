DROP TABLE address_holds;
