BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE epochs (
	run_id VARCHAR NOT NULL, 
	epoch INTEGER NOT NULL, 
	step INTEGER NOT NULL, 
	train_accuracy FLOAT NOT NULL, 
	test_accuracy FLOAT NOT NULL, 
	train_loss FLOAT, 
	test_loss FLOAT, 
	seconds FLOAT NOT NULL, 
	PRIMARY KEY (run_id, epoch), 
	FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE
);
INSERT INTO "epochs" VALUES('a1b2c3d4e5',1,469,0.902,0.905,0.34,0.33,0.21);
INSERT INTO "epochs" VALUES('a1b2c3d4e5',2,938,0.948,0.951,0.34,0.33,0.21);
CREATE TABLE runs (
	number INTEGER NOT NULL, 
	id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	config VARCHAR NOT NULL, 
	dataset_sha256 VARCHAR, 
	created_at VARCHAR NOT NULL, 
	started_at VARCHAR, 
	ended_at VARCHAR, 
	start_step INTEGER NOT NULL, 
	start_epoch INTEGER NOT NULL, 
	resume_step INTEGER NOT NULL, 
	steps_total INTEGER NOT NULL, 
	queue_ticket INTEGER NOT NULL, 
	error_type VARCHAR, 
	error_message VARCHAR, 
	parent_run VARCHAR, 
	parent_epoch INTEGER, 
	PRIMARY KEY (number), 
	UNIQUE (id)
);
INSERT INTO "runs" VALUES(1,'a1b2c3d4e5','first','finished','{"dataset": "mnist", "hidden": [50], "activation": "relu", "initializer": "random", "loss": "cross_entropy", "optimizer": "sgd", "learning_rate": 0.1, "schedule": "constant", "batch_size": 128, "epochs": 2, "sampling": "random", "augment": false, "seed": 0, "train_limit": null}','0000000000000000000000000000000000000000000000000000000000000000','2026-11-23T22:49:15.299Z',NULL,NULL,0,0,938,938,1,NULL,NULL,NULL,NULL);
INSERT INTO "runs" VALUES(2,'f6a7b8c9d0','second','paused','{"dataset": "mnist", "hidden": [50], "activation": "relu", "initializer": "random", "loss": "cross_entropy", "optimizer": "sgd", "learning_rate": 0.1, "schedule": "constant", "batch_size": 128, "epochs": 3, "sampling": "random", "augment": false, "seed": 1, "train_limit": null}',NULL,'2026-11-23T22:49:15.379Z',NULL,NULL,469,1,469,1407,1,NULL,NULL,'a1b2c3d4e5',1);
COMMIT;
